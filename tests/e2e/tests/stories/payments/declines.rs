//! Payments that the provider declines.

use domain::Scope;
use domain::id::OrderId;
use domain::order::Order;
use e2e::{Books, Card, World, code, id};
use platform::clock;
use serde_json::{Value, json};
use store::Commit;

use crate::payments::{path, payments, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_says_why_to_the_owner_and_may_be_tried_again() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    let order = world.order(&user, &staff).await;
    let unknown = "4539578763621486";
    let reasons = [
        (Card::DECLINED, "generic_decline"),
        (Card::POOR, "insufficient_funds"),
        (unknown, "test_card_required"),
    ];
    for (number, reason) in reasons {
        let declined = world.pay(&user, &order, number).await;
        assert_eq!((declined.status.as_u16(), &declined.json()["status"]), (201, &json!("FAILED")));
        assert_eq!(declined.json()["failureReason"], Value::Null);
        assert_eq!(
            payments(&user, &order).await.last().map(|last| last["failureReason"].clone()),
            Some(json!(reason))
        );
        assert_eq!(status(&user, &order).await, "PLACED");
    }
    assert_eq!(world.pay(&user, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    assert_eq!(status(&user, &order).await, "APPROVED");
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("decline").count(), books.entries("charge").count()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_past_its_month_is_declined() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let mut body = e2e::payment(&order, Card::GOOD);
    body["source"]["expYear"] = json!(2024);
    let declined = staff.post(&format!("{}/payment", path(&order)), &body).await;
    assert_eq!((declined.status.as_u16(), &declined.json()["status"]), (201, &json!("FAILED")));
    assert_eq!(payments(&staff, &order).await[0]["failureReason"], "expired_card");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_declines_lock_the_payments_for_an_hour_and_twenty_tries_for_good() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    for _ in 0..5 {
        assert_eq!(world.pay(&guest, &order, Card::DECLINED).await.json()["status"], "FAILED");
    }
    let locked = world.pay(&guest, &order, Card::GOOD).await;
    assert_eq!((locked.status.as_u16(), code(&locked)), (429, "payments_locked".to_owned()));
    let retry_after = locked.header("retry-after").parse::<i64>().unwrap();
    assert!((3_500..=3_600).contains(&retry_after), "{retry_after}");
    assert_eq!((locked.header("ratelimit-limit"), locked.header("ratelimit-remaining")), ("5", "0"));
    let reset = locked.header("ratelimit-reset").parse::<i64>().unwrap();
    assert!((reset - clock::now().as_secs() - retry_after).abs() < 60, "{reset}");
    assert_eq!(locked.json()["errors"][0]["field"], "payment");
    assert_eq!(Books::read(&world).await.ledger.len(), 5);

    change(&world, &order, |order| order.payments_locked_until = Some(order.created_at)).await;
    for _ in 0..4 {
        assert_eq!(world.pay(&guest, &order, Card::DECLINED).await.json()["status"], "FAILED");
    }
    change(&world, &order, |order| order.payment_attempts = 20).await;
    let spent = world.pay(&guest, &order, Card::GOOD).await;
    assert_eq!((spent.status.as_u16(), code(&spent)), (429, "too_many_payments".to_owned()));
    assert_eq!((spent.header("retry-after"), spent.header("ratelimit-reset")), ("86400", ""));
    assert_eq!(guest.delete(&path(&order)).await.status, 204);
    Books::read(&world).await.assert_agree();
}

/// Writes to an order what only hours would.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
async fn change(world: &World, order: &Value, what: impl Fn(&mut Order)) {
    let order = OrderId::parse(id(order)).unwrap();
    let mut order = world.store.order_fetch(Scope::Shared, order).await.unwrap().unwrap();
    what(&mut order);
    order.version += 1;
    order.events = Vec::new();
    assert_eq!(world.store.transaction().replace("order", &order).commit().await.unwrap(), Commit::Done);
}
