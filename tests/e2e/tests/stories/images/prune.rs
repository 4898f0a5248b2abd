//! What stays behind, and who takes it away.

use bytes::Bytes;
use domain::id::PetId;
use domain::photo::{Photo, PhotoName};
use domain::time::{DAY_MS, MINUTE_MS};
use images::prune::{self, App, Reach};
use local::seed::DEMO_TENANT;
use platform::clock;

use crate::images::{look, sample, shelter};

#[tokio::test(flavor = "multi_thread")]
async fn photos_that_no_pet_names_go_after_a_day_and_no_others() {
    let (world, staff, pet) = shelter().await;
    let added = staff.image(&pet, sample!("plain.jpg")).await;
    // As a request leaves it that dies before the pet knows, and a pet that is deleted.
    let blobs = local::functions::blobs(world.local.wiring());
    let (pet, gone) = (PetId::parse(&pet).unwrap(), PetId::new(clock::fresh_id()));
    for pet in [pet, gone] {
        let photo = Photo { scope: DEMO_TENANT, pet, name: PhotoName::fresh([7; 32], clock::random()) };
        let hash = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new()).into();
        blobs.photo_keep(&photo, "image/png", Bytes::new(), hash).await.unwrap();
    }
    let soon = world.prune(clock::now()).await;
    assert_eq!((soon.looked, soon.removed), (0, 0));
    let later = clock::now().plus_ms(DAY_MS + MINUTE_MS);
    let pruned = world.prune(later).await;
    assert_eq!((pruned.looked, pruned.removed, pruned.is_through), (3, 2, true));
    let again = world.prune(later).await;
    assert_eq!((again.looked, again.removed), (1, 0));
    assert_eq!(look(&world, &added).await.body, sample!("plain.jpg"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_time_is_up_leaves_the_rest_to_the_next() {
    let (world, staff, pet) = shelter().await;
    let added = staff.image(&pet, sample!("plain.jpg")).await;
    let blobs = local::functions::blobs(world.local.wiring());
    let hash = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new()).into();
    for _ in 0..6 {
        let gone = PetId::new(clock::fresh_id());
        let photo = Photo { scope: DEMO_TENANT, pet: gone, name: PhotoName::fresh([7; 32], clock::random()) };
        blobs.photo_keep(&photo, "image/png", Bytes::new(), hash).await.unwrap();
    }
    let later = clock::now().plus_ms(DAY_MS + MINUTE_MS);
    let whole = local::functions::prune(world.local.wiring());
    let app = App { reach: Reach { page: 2, time_ms: 0 }, ..whole };
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push(prune::run(&app, later).await.unwrap());
    }
    // Seven photos in pages of two; then from the beginning, where the one that is named is left.
    let looked: Vec<_> = runs.iter().map(|run| (run.looked, run.is_through)).collect();
    assert_eq!(looked, [(2, false), (2, false), (2, false), (1, true), (1, true)]);
    assert_eq!(runs.iter().map(|run| run.removed).sum::<usize>(), 6);
    assert_eq!(look(&world, &added).await.body, sample!("plain.jpg"));
}
