//! Repeats of what is not done yet.

use domain::time::{HOUR_MS, MINUTE_MS};
use e2e::{Books, Card, World, code, eventually, id, payment};
use platform::clock;
use serde_json::json;

use crate::idempotency::{REPLAYED, begun_earlier, forget_ledger, fresh_key, number, overwrite_records};

#[tokio::test(flavor = "multi_thread")]
async fn p2_while_the_first_still_runs_a_repeat_is_refused_for_a_while() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::LATE));
    let meanwhile = async {
        let payments = format!("/v1/orders/{}/payments", id(&order));
        eventually("the payment to begin", async || {
            let begun =
                staff.get(&payments).await.json()["data"].as_array().is_some_and(|data| !data.is_empty());
            begun.then_some(())
        })
        .await;
        staff.post_once(&path, &body, &key).await
    };
    let (first, refused) = tokio::join!(staff.post_once(&path, &body, &key), meanwhile);
    assert_eq!((refused.status.as_u16(), code(&refused)), (409, "idempotency_key_in_use".to_owned()));
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|secs| (1..=30).contains(&secs)));
    assert_eq!((first.status.as_u16(), &first.json()["status"]), (201, &json!("PROCESSING")));
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.header(REPLAYED), again.json()), ("true", first.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_a_repeat_goes_on_with_the_payment_of_a_run_that_died() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::SILENT));
    let paid = staff.post_once(&path, &body, &key).await.json();
    assert_eq!(paid["status"], "PROCESSING");
    // As if the run had died before it answered, a minute ago.
    overwrite_records(&world, "expires", number(0)).await;
    begun_earlier(&world, &order, MINUTE_MS).await;
    let reused = staff.post_once(&path, &payment(&order, Card::GOOD), &key).await;
    assert_eq!((reused.status.as_u16(), code(&reused)), (422, "idempotency_key_reused".to_owned()));
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.status.as_u16(), id(&again.json())), (201, id(&paid)));
    assert_eq!((again.header(REPLAYED), &again.json()["status"]), ("", &json!("FAILED")));
    let replayed = staff.post_once(&path, &body, &key).await;
    assert_eq!((replayed.header(REPLAYED), replayed.json()), ("true", again.json()));
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_told_what_the_first_was_told_whatever_became_of_the_payment() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::SILENT));
    let first = staff.post_once(&path, &body, &key).await;
    assert_eq!(world.reconcile(clock::now().plus_ms(MINUTE_MS + 1_000)).await, 1);
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.header(REPLAYED), again.json()), ("true", first.json()));
    let payments = staff.get(&format!("/v1/orders/{}/payments", id(&order))).await.json();
    assert_eq!(payments["data"][0]["status"], "FAILED");
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_told_the_same_however_long_the_payment_still_runs() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::LATE));
    let first = staff.post_once(&path, &body, &key).await;
    assert_eq!(first.json()["status"], "PROCESSING");
    begun_earlier(&world, &order, MINUTE_MS).await;
    for _ in 0..2 {
        let again = staff.post_once(&path, &body, &key).await;
        assert_eq!((again.header(REPLAYED), again.json()), ("true", first.json()));
    }
    let other = staff.post_once(&path, &payment(&order, Card::GOOD), &key).await;
    assert_eq!((other.status.as_u16(), code(&other)), (422, "idempotency_key_reused".to_owned()));
    assert_eq!(world.reconcile(clock::now()).await, 1);
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.header(REPLAYED), again.json()), ("true", first.json()));
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_charges_nothing_once_the_provider_may_have_forgotten_the_payment() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::LATE));
    let first = staff.post_once(&path, &body, &key).await;
    assert_eq!(first.json()["status"], "PROCESSING");
    // A day later, as if the charge had never come through and the answer's record were gone.
    forget_ledger(&world).await;
    overwrite_records(&world, "expires", number(0)).await;
    begun_earlier(&world, &order, 23 * HOUR_MS + MINUTE_MS).await;
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.status.as_u16(), again.header(REPLAYED)), (201, ""));
    assert_eq!(again.json(), first.json());
    assert!(Books::read(&world).await.ledger.is_empty());
    assert_eq!(world.reconcile(clock::now()).await, 0);
    assert!(Books::read(&world).await.ledger.is_empty());
}
