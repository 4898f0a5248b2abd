//! Repeats of what is not done yet.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::{Books, Card, World, code, eventually, id, payment};
use serde_json::json;

use crate::{REPLAYED, fresh_key, number, overwrite_records};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_first_still_runs_a_repeat_is_refused_for_a_while() {
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
async fn a_repeat_goes_on_with_the_payment_of_a_run_that_died() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, key) = (world.order(&staff, &staff).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::GOOD));
    let paid = staff.post_once(&path, &body, &key).await.json();
    let running = [("resource", AttributeValue::S(id(&paid).to_owned())), ("until", number(0))];
    let running = running.map(|(name, value)| (name.to_owned(), value)).into();
    let state = AttributeValue::M([("running".to_owned(), AttributeValue::M(running))].into());
    overwrite_records(&world, "state", state).await;
    let again = staff.post_once(&path, &body, &key).await;
    assert_eq!((again.status.as_u16(), id(&again.json())), (201, id(&paid)));
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!(books.ledger.len(), 1);
}
