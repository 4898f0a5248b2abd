//! One order from end to end.

use e2e::{Card, Receiver, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_orders_pays_and_is_called_back() {
    let world = World::start().await;
    let receiver = Receiver::start().await.unwrap();
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let accepted = world.ask(&guest, &order, &receiver.url("/called")).await;
    assert_eq!(accepted.status, 201, "{}", accepted.json());
    let paid = world.pay(&guest, &order, Card::GOOD).await;
    assert_eq!(paid.json()["status"], "SUCCEEDED", "{}", paid.json());
    let calls = receiver.until(|calls| !calls.is_empty()).await;
    assert_eq!(calls[0].json()["requestId"], accepted.json()["requestId"]);
    assert_eq!(calls[0].json()["status"], "COMPLETED");
}
