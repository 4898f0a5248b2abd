//! Who may add photos, how many, and what many at once come to.

use std::collections::BTreeSet;

use domain::Scope;
use domain::photo::PHOTOS_MAX;
use e2e::{code, id};
use futures_util::future::join_all;
use local::seed::DEMO_TENANT;
use serde_json::{Value, json};

use crate::images::{look, photos, sample, shelter};

/// An image that no other is like.
fn image(number: usize) -> Vec<u8> {
    let mut bytes = sample!("plain.png").to_vec();
    let header = bytes.windows(4).position(|window| window == b"IDAT").unwrap() - 4;
    // Pixels per metre, which every viewer may ignore.
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(u32::try_from(number + 1).unwrap().to_be_bytes());
    chunk.extend([0, 0, 0, 1, 1]);
    let crc = {
        let mut crc = flate2::Crc::new();
        crc.update(&chunk);
        crc.sum().to_be_bytes()
    };
    bytes.splice(header..header, [&9_u32.to_be_bytes(), chunk.as_slice(), &crc].concat());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_write_pets_adds_photos() {
    let (world, staff, pet) = shelter().await;
    assert_eq!(world.guest().image(&pet, sample!("plain.jpg")).await.status, 401);
    assert_eq!(world.staff().image(&pet, sample!("plain.jpg")).await.status, 404);
    let nobodys = platform::clock::fresh_id().to_string();
    assert_eq!(staff.image(&nobodys, sample!("plain.jpg")).await.status, 404);
    assert!(photos(&staff, &pet).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_image_twice_is_one_photo() {
    let (_world, staff, pet) = shelter().await;
    let first = staff.image(&pet, sample!("phone.jpg")).await;
    let parts = [("additionalMetadata", b"again".as_slice()), ("file", sample!("phone.jpg"))];
    let second = staff.parts(&pet, &parts).await;
    assert_eq!((second.status, second.header("location")), (first.status, first.header("location")));
    assert_eq!(photos(&staff, &pet).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_images_at_once_become_the_photos_of_fifty_pets() {
    let (world, staff, _) = shelter().await;
    let added = join_all((0..50).map(async |number| {
        let pet = id(&world.pet(&staff).await).to_owned();
        let reply = staff.image(&pet, &image(number)).await;
        assert_eq!(reply.status, 201, "{}", reply.json());
        assert_eq!(look(&world, &reply).await.body, image(number));
        photos(&staff, &pet).await
    }));
    let all: BTreeSet<_> = added.await.into_iter().flatten().collect();
    assert_eq!(all.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_images_at_once_for_one_pet_it_has_exactly_those_that_were_confirmed() {
    let (world, staff, pet) = shelter().await;
    let replies = join_all((0..50).map(async |number| staff.image(&pet, &image(number)).await)).await;
    let url = |path: &str| format!("{}{path}", world.local.base_url());
    let confirmed: BTreeSet<_> = replies
        .iter()
        .filter(|reply| reply.status == 201)
        .map(|reply| url(reply.header("location")))
        .collect();
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert!(code(reply) == "pet_photos_full" || reply.status == 503, "{}", reply.json());
    }
    assert!((1..=PHOTOS_MAX).contains(&confirmed.len()), "{}", confirmed.len());
    assert_eq!(photos(&staff, &pet).await.into_iter().collect::<BTreeSet<_>>(), confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pet_with_twenty_photos_takes_no_more() {
    let (_world, staff, pet) = shelter().await;
    for number in 0..PHOTOS_MAX {
        assert_eq!(staff.image(&pet, &image(number)).await.status, 201);
    }
    let reply = staff.image(&pet, &image(PHOTOS_MAX)).await;
    assert_eq!((reply.status.as_u16(), code(&reply).as_str()), (409, "pet_photos_full"));
    assert_eq!(photos(&staff, &pet).await.len(), PHOTOS_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_of_ours_may_be_named_when_the_pet_is_written() {
    let (_world, staff, pet) = shelter().await;
    staff.image(&pet, sample!("plain.jpg")).await;
    let shown: Value = staff.get(&format!("/v1/pets/{pet}")).await.json();
    let body = json!({"name": "Moritz", "species": "CAT", "ageMonths": 3, "price": "75.00", "status": "AVAILABLE",
                      "photos": shown["photos"]});
    assert_eq!(staff.post("/v1/pets", &body).await.status, 201);
    assert_eq!(Scope::parse(shown["tenantId"].as_str().unwrap()), Some(DEMO_TENANT));
}
