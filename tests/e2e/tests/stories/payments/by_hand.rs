//! `petstore unsettled` and `petstore settle`: a person ends what the provider says nothing of.

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
        (&["--charged", "ch_3MtwBwLkdIwHu7ix"][..], ["APPROVED", "SUCCEEDED", "ADOPTED"]),
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
