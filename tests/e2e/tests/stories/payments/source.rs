//! What is sent to pay, what is refused, and what is shown of it.

use e2e::{Books, Card, World, code, id, payment};
use platform::clock;
use serde_json::{Value, json};

use crate::payments::{path, payments, status};

/// A payment of `order` in which one member, by its JSON pointer, is another.
fn with(order: &Value, member: &str, value: Value) -> Value {
    let mut body = payment(order, Card::GOOD);
    let (parent, name) = member.rsplit_once('/').unwrap_or_default();
    if let Some(Value::Object(members)) = body.pointer_mut(parent) {
        members.insert(name.to_owned(), value);
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_amount_must_be_the_orders() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let pay = format!("{}/payment", path(&order));
    for (member, value, why) in [
        ("/amount", json!("249.99"), "amount_mismatch"),
        ("/amount", json!("2500.00"), "amount_mismatch"),
        ("/currency", json!("EUR"), "currency_mismatch"),
        ("/amount", json!("0.00"), "invalid_format"),
        ("/amount", json!("-250.00"), "invalid_format"),
        ("/amount", json!("250.000"), "invalid_format"),
        ("/amount", json!(250), "invalid_type"),
        ("/currency", json!("usd"), "invalid_value"),
    ] {
        let reply = staff.post(&pay, &with(&order, member, value.clone())).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, why.to_owned()), "{member} {value}");
    }
    assert!(payments(&staff, &order).await.is_empty());
    assert!(Books::read(&world).await.ledger.is_empty());
    let short = staff.post(&pay, &with(&order, "/amount", json!("250"))).await;
    assert_eq!((short.status.as_u16(), &short.json()["amount"]), (201, &json!("250.00")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_real_is_refused_and_never_repeated() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let pay = format!("{}/payment", path(&order));
    for (member, value, why) in [
        ("/source/number", json!("************4242"), "masked_number"),
        ("/source/number", json!("4242424242424241"), "incorrect_number"),
        ("/source/number", json!("424242424242"), "invalid_format"),
        ("/source/number", json!(4_242_424_242_424_242_u64), "invalid_type"),
        ("/source/cvc", json!("12"), "invalid_format"),
        ("/source/expMonth", json!(13), "out_of_range"),
        ("/source/expYear", json!(1999), "out_of_range"),
        ("/source/name", json!(" "), "invalid_format"),
        ("/source/name", json!("4242 4242 4242 4242"), "invalid_format"),
        ("/source/billingAddress", json!({"city": "4242424242424242"}), "invalid_format"),
        ("/source/billingAddress", json!({"country": "gb"}), "invalid_format"),
        ("/source/pin", json!("1234"), "unknown_field"),
        ("/source/object", json!("crypto"), "invalid_value"),
        ("/source", json!("4242424242424242"), "invalid_type"),
        ("/source", Value::Null, "required_field"),
    ] {
        let reply = staff.post(&pay, &with(&order, member, value.clone())).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, why.to_owned()), "{member} {value}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("4242"), "{}", reply.json());
    }
    assert!(payments(&staff, &order).await.is_empty());
    assert_eq!(status(&staff, &order).await, "PLACED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_shown_by_its_last_four_digits() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let address =
        json!({"line1": "1 High Street", "city": "London", "postalCode": "N1 1AA", "country": "GB"});
    let body = with(&order, "/source/billingAddress", address);
    let paid = staff.post(&format!("{}/payment", path(&order)), &body).await;
    assert_eq!((paid.status.as_u16(), &paid.json()["status"]), (201, &json!("SUCCEEDED")));
    assert_eq!(paid.header("location"), format!("{}/payments/{}", path(&order), id(&paid.json())));
    let shown = json!({"object": "card", "name": "J. Doe", "number": "************4242", "expMonth": 12,
        "expYear": 2040, "brand": "VISA", "last4": "4242",
        "billingAddress": {"city": "London", "postalCode": "N1 1AA", "country": "GB"}});
    assert_eq!(paid.json()["source"], shown);
    assert_eq!(payments(&staff, &order).await, [paid.json()]);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!(books.entries("charge").next().map(|entry| entry.amount_minor), Some(25_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_account_pays_too() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let pay = format!("{}/payment", path(&order));
    let account = |number: &str, routing: &str| {
        let source = json!({"object": "bank_account", "accountHolderName": "Jane Doe", "accountNumber": number,
                            "routingNumber": routing, "accountType": "CHECKING"});
        json!({"amount": "250.00", "currency": "USD", "source": source})
    };
    for (number, routing) in [("000123456789", "110000001"), ("12", "110000000"), ("*****6789", "110000000")]
    {
        assert_eq!(guest.post(&pay, &account(number, routing)).await.status, 422, "{number} {routing}");
    }
    let short = guest.post(&pay, &account("123456", "110000000")).await.json();
    assert_eq!((&short["status"], &short["source"]["accountNumber"]), (&json!("FAILED"), &json!("***456")));
    let paid = guest.post(&pay, &account("000123456789", "110000000")).await.json();
    assert_eq!(paid["status"], "SUCCEEDED");
    assert_eq!(
        (&paid["source"]["accountNumber"], &paid["source"]["last4"]),
        (&json!("********6789"), &json!("6789"))
    );
    assert_eq!(status(&guest, &order).await, "APPROVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_order_that_waits_for_its_payment_can_be_paid() {
    let world = World::bare().await;
    let staff = world.staff();
    let paid = world.order(&staff, &staff).await;
    assert_eq!(world.pay(&staff, &paid, Card::GOOD).await.status, 201);
    let cancelled = world.order(&staff, &staff).await;
    assert_eq!(staff.delete(&path(&cancelled)).await.status, 204);
    for order in [&paid, &cancelled] {
        let refused = world.pay(&staff, order, Card::GOOD).await;
        assert_eq!((refused.status.as_u16(), code(&refused)), (409, "invalid_status".to_owned()));
    }
    let unknown = json!({"id": clock::fresh_id(), "totalAmount": "250.00", "currency": "USD"});
    assert_eq!(world.pay(&staff, &unknown, Card::GOOD).await.status, 404, "{}", id(&unknown));
    assert_eq!(Books::read(&world).await.ledger.len(), 1);
}
