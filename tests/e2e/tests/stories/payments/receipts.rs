//! Receipts: by a signed link, or as the owner or staff.

use domain::Scope;
use domain::id::{OrderId, ReceiptId};
use domain::payment::ReceiptLink;
use domain::time::DAY_MS;
use e2e::{Api, Card, Receiver, World, id, soon};
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::payments::path;

/// A paid order.
async fn paid(world: &World, api: &Api, staff: &Api) -> Value {
    let order = world.order(api, staff).await;
    assert_eq!(world.pay(api, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    order
}

/// Where the receipt of an order lives.
fn receipt(order: &Value) -> String {
    let order = OrderId::parse(id(order)).map(ReceiptId::of).map(|id| id.to_string());
    format!("/v1/receipts/{}", order.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_event_shows_the_receipt_to_whoever_has_it() {
    let world = World::bare().await;
    let (staff, receiver) = (world.tenant_staff(), Receiver::start().await.unwrap());
    world.hook(&staff, &receiver.url("/"), &["payment.succeeded"]).await;
    let order = paid(&world, &staff, &staff).await;
    let calls = soon("the event", receiver.until(|calls| !calls.is_empty())).await;
    let data = calls[0].json()["data"].clone();
    let url = data["receipt"]["receiptUrl"].as_str().unwrap_or_default().to_owned();
    let link = url.strip_prefix(world.local.base_url()).unwrap();
    let shown = world.guest().get(link).await;
    assert_eq!(shown.status, 200, "{}", shown.json());
    let expected = json!({"receiptId": data["receipt"]["receiptId"], "orderId": order["id"],
        "paymentId": data["payment"]["id"], "amount": "250.00", "currency": "USD", "status": "SUCCEEDED",
        "last4": "4242", "generatedAt": data["receipt"]["generatedAt"]});
    assert_eq!(shown.json(), expected);
    assert_eq!(staff.get(&receipt(&order)).await.json(), expected);

    let (bare, query) = link.split_once('?').unwrap();
    let broken = [
        link.replace("signature=", "signature=0"),
        link.replace("expires=", "expires=1"),
        link.replace(&DEMO_TENANT.to_string(), "shared"),
        format!("{}?{query}", receipt(&paid(&world, &staff, &staff).await)),
        format!("/v1/receipts/{}?{query}", clock::fresh_id()),
    ];
    for link in broken {
        assert_eq!(world.guest().get(&link).await.status, 404, "{link}");
    }
    for part in query.split('&') {
        assert_eq!(world.guest().get(&format!("{bare}?{part}")).await.status, 400, "{part} alone");
    }
    assert_eq!(staff.delete(&path(&order)).await.status, 204);
    assert_eq!(world.guest().get(link).await.json()["status"], "CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_after_seven_days() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = OrderId::parse(id(&paid(&world, &guest, &staff).await)).unwrap();
    let key = local::functions::payments(world.local.wiring()).unwrap().receipt_key;
    for (age, status) in [(6 * DAY_MS, 200), (7 * DAY_MS + 2_000, 404)] {
        let made = clock::now().plus_ms(-age);
        let link = ReceiptLink::sign(&key, ReceiptId::of(order), Scope::Shared, made).url("");
        assert_eq!(guest.get(&link).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_link_the_receipt_is_the_owners_and_the_staffs() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let (owner, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let owned = receipt(&paid(&world, &owner, &staff).await);
    let guests = receipt(&paid(&world, &guest, &staff).await);
    for (api, expected) in
        [(&owner, [200, 404]), (&staff, [200, 200]), (&other, [404, 404]), (&guest, [401, 401])]
    {
        let statuses = [api.get(&owned).await, api.get(&guests).await].map(|reply| reply.status.as_u16());
        assert_eq!(statuses, expected);
    }
    assert_eq!(world.tenant_staff().get(&owned).await.status, 404);
    let unpaid = world.order(&owner, &staff).await;
    assert_eq!(owner.get(&receipt(&unpaid)).await.status, 404);
    assert_eq!(world.pay(&owner, &unpaid, Card::DECLINED).await.json()["status"], "FAILED");
    assert_eq!(owner.get(&receipt(&unpaid)).await.status, 404);
}
