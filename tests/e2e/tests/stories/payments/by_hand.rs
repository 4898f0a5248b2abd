//! `petstore unsettled` and `petstore settle`: a person ends what the provider says nothing of.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::HOUR_MS;
use e2e::{Card, World, id};
use serde_json::{Value, json};

use crate::idempotency::{begun_earlier, forget_ledger};
use crate::payments::{payments, processing, refunding, status};
use crate::users::operator::petstore;

/// What `petstore settle` said of `order`, and whether it did it.
async fn settle(world: &World, order: &Value, words: &[&str]) -> (bool, String) {
    let output = petstore(world, &[&["settle", id(order)], words].concat(), "").await;
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_provider_forgot_is_found_and_settled_by_an_operator() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    for (words, expected) in [
        (&["--charged", "tx_3MtwBwLkdIwHu7ix"][..], ["APPROVED", "SUCCEEDED", "ADOPTED"]),
        (&["--declined"], ["PLACED", "FAILED", "PENDING"]),
    ] {
        let order = processing(&world, &guest, Card::LATE).await;
        forget_ledger(&world).await;
        begun_earlier(&world, &order, 24 * HOUR_MS).await;
        assert_eq!(world.reconcile(crate::payments::after(0)).await, 0);

        let listed = petstore(&world, &["unsettled"], "").await;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let paying = id(&payments(&staff, &order).await[0]).to_owned();
        assert!(listed.starts_with(&format!("payment {paying} of 250.00 USD since ")), "{listed}");
        assert!(listed.contains(&format!("order {}  pool shared\n1 not settled\n", id(&order))), "{listed}");

        let (is_done, text) = settle(&world, &order, words).await;
        assert!(is_done && text.contains(expected[0]), "{text}");
        let payment = payments(&staff, &order).await[0].clone();
        let pet = guest.get(&format!("/v1/pets/{}", order["petId"].as_str().unwrap())).await.json();
        assert_eq!([&status(&guest, &order).await, &payment["status"], &pet["status"]], expected);
        assert_eq!(id(&payment), paying);
        let (is_done, text) = settle(&world, &order, words).await;
        assert!(!is_done && text.contains("no payment or refund of it is running"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_charged_under_a_name_of_its_processors_and_under_no_other() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = processing(&world, &guest, Card::LATE).await;
    forget_ledger(&world).await;
    begun_earlier(&world, &order, 24 * HOUR_MS).await;
    for id in ["", " ", "tx_", "tx_ 1", "ch_3MtwBwLkdIwHu7ix"] {
        let (is_done, text) = settle(&world, &order, &["--charged", id]).await;
        assert!(!is_done && text.contains("charge"), "{id}: {text}");
    }
    assert_eq!(status(&guest, &order).await, "PLACED");
    assert_eq!(payments(&staff, &order).await[0]["status"], "PROCESSING");
    assert!(settle(&world, &order, &["--charged", " tx_1\n"]).await.0);
    assert_eq!(status(&guest, &order).await, "APPROVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_read_hides_none_that_can() {
    let world = World::bare().await;
    let guest = world.guest();
    let orders = [processing(&world, &guest, Card::LATE).await, processing(&world, &guest, Card::LATE).await];
    for order in &orders {
        begun_earlier(&world, order, 24 * HOUR_MS).await;
    }
    spoil(&world, &orders[0]).await;
    let listed = petstore(&world, &["unsettled"], "").await;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let unreadable = format!("unreadable  order {}  pool shared\n", id(&orders[0]));
    assert!(listed.ends_with("\n2 not settled\n") && listed.contains(&unreadable), "{listed}");
    assert!(listed.contains(&format!("order {}  pool shared\n", id(&orders[1]))), "{listed}");
}

/// Overwrites a part of the order as no release does.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
async fn spoil(world: &World, order: &Value) {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let table = store::TableNames::default().state;
    let scan = client.scan().table_name(&table).filter_expression("sk = :order AND contains(pk, :id)");
    let scan = scan.expression_attribute_values(":order", AttributeValue::S("ORDER".to_owned()));
    let scan = scan.expression_attribute_values(":id", AttributeValue::S(id(order).to_owned()));
    let found = scan.send().await.unwrap().items.unwrap();
    let [item] = <[_; 1]>::try_from(found).unwrap();
    let update = client.update_item().table_name(table).key("pk", item["pk"].clone());
    let update = update.key("sk", item["sk"].clone()).update_expression("SET #pet = :none");
    let update = update.expression_attribute_names("#pet", "pet");
    update.expression_attribute_values(":none", AttributeValue::S("?".to_owned())).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_settled_either_way_and_never_with_a_payments_word() {
    let world = World::bare().await;
    let staff = world.staff();
    for (word, expected) in
        [("--refunded", ["CANCELLED", "CANCELLED"]), ("--refused", ["APPROVED", "SUCCEEDED"])]
    {
        let (order, _) = refunding(&world, &staff, 24 * HOUR_MS).await;
        let (is_done, text) = settle(&world, &order, &["--declined"]).await;
        assert!(!is_done && text.contains("what runs is a refund"), "{text}");
        let (is_done, text) = settle(&world, &order, &[word]).await;
        assert!(is_done, "{text}");
        let payment = payments(&staff, &order).await[0].clone();
        assert_eq!([&status(&staff, &order).await, &payment["status"]], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_still_end_by_itself_is_not_settled_by_hand() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, _) = refunding(&world, &staff, 23 * HOUR_MS).await;
    let (is_done, text) = settle(&world, &order, &["--refunded"]).await;
    assert!(!is_done && text.starts_with("error: ") && text.contains("23 hours"), "{text}");
    assert_eq!(status(&staff, &order).await, json!("APPROVED"));
    // Another pool's order is none.
    let tenant = local::seed::DEMO_TENANT.to_string();
    let (is_done, text) = settle(&world, &order, &["--refunded", "--tenant", &tenant]).await;
    assert!(!is_done && text.contains("no such order"), "{text}");
}
