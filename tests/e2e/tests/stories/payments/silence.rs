//! A provider that does not answer in time, and a function that dies: `reconcile` finishes what they left behind.

use domain::Scope;
use domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS};
use e2e::{Books, Card, Reply, World, code, id};
use futures_util::future::join_all;
use platform::clock;
use serde_json::json;
use store::{Commit, LedgerEntry};

use crate::payments::{after, path, payments, processing, refunding, status};

fn is_in_progress(reply: &Reply) -> bool {
    reply.status == 409 && code(reply) == "operation_in_progress" && !reply.header("retry-after").is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_found_later_and_nobody_is_charged_twice() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = processing(&world, &guest, Card::LATE).await;
    assert_eq!(
        (status(&guest, &order).await, payments(&staff, &order).await[0]["status"].clone()),
        ("PLACED".into(), "PROCESSING".into())
    );
    assert!(is_in_progress(&world.pay(&guest, &order, Card::GOOD).await));
    assert!(is_in_progress(&guest.delete(&path(&order)).await));
    assert!(is_in_progress(&staff.patch(&path(&order), &json!({"status": "SHIPPED"})).await));
    assert_eq!(world.sweep(after(HOUR_MS)).await.expired, 0);
    assert_eq!(world.reconcile(clock::now()).await, 0);

    assert!(
        join_all((0..5).map(|_| world.reconcile(after(61 * SECOND_MS)))).await.iter().sum::<usize>() >= 1
    );
    assert_eq!(
        (status(&guest, &order).await, payments(&staff, &order).await[0]["status"].clone()),
        ("APPROVED".into(), "SUCCEEDED".into())
    );
    assert_eq!(world.reconcile(after(HOUR_MS)).await, 0);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("charge").count(), books.ledger.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_turns_out_declined_may_be_tried_again() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = processing(&world, &guest, Card::SILENT).await;
    assert_eq!(world.reconcile(after(61 * SECOND_MS)).await, 1);
    assert_eq!(
        (status(&guest, &order).await, payments(&staff, &order).await[0]["status"].clone()),
        ("PLACED".into(), "FAILED".into())
    );
    assert_eq!(world.pay(&guest, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_left_behind_is_finished_and_a_repeat_finds_it_done() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, _) = refunding(&world, &staff, 0).await;
    assert!(is_in_progress(&staff.delete(&path(&order)).await));
    assert!(is_in_progress(&staff.patch(&path(&order), &json!({"status": "SHIPPED"})).await));
    assert_eq!(world.reconcile(after(61 * SECOND_MS)).await, 1);
    assert_eq!(
        (status(&staff, &order).await, payments(&staff, &order).await[0]["status"].clone()),
        ("CANCELLED".into(), "CANCELLED".into())
    );
    assert_eq!(staff.delete(&path(&order)).await.status, 204);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!(books.entries("refund").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_a_day_old_is_looked_up_and_never_posted() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, refund) = refunding(&world, &staff, 23 * HOUR_MS + MINUTE_MS).await;
    assert_eq!(world.reconcile(clock::now()).await, 0);
    assert_eq!(
        (status(&staff, &order).await, Books::read(&world).await.entries("refund").count()),
        ("APPROVED".into(), 0)
    );
    let entry = LedgerEntry {
        scope: Scope::Shared,
        operation: refund.uuid(),
        kind: "refund".to_owned(),
        amount_minor: 25_000,
        currency: "USD".to_owned(),
        answer: id(&payments(&staff, &order).await[0]).to_owned(),
    };
    assert_eq!(world.store.ledger_book(&entry).await.unwrap(), Commit::Done);
    assert_eq!(world.reconcile(after(61 * MINUTE_MS)).await, 1);
    assert_eq!(status(&staff, &order).await, "CANCELLED");
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn reconcile_and_the_request_itself_never_settle_twice() {
    let world = World::bare().await;
    let staff = world.staff();
    for _ in 0..10 {
        let order = world.order(&staff, &staff).await;
        let paid = beside_reconcile(&world, world.pay(&staff, &order, Card::GOOD)).await;
        assert_eq!((paid.status.as_u16(), &paid.json()["status"]), (201, &json!("SUCCEEDED")));
        let order_path = path(&order);
        let cancelled = beside_reconcile(&world, staff.delete(&order_path)).await;
        assert_eq!(cancelled.status, 204, "{}", cancelled.json());
    }
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("charge").count(), books.entries("refund").count()), (10, 10));
}

/// The answer to a request while `reconcile` takes every operation for its own.
async fn beside_reconcile(world: &World, request: impl Future<Output = Reply>) -> Reply {
    let reconcile = async {
        loop {
            world.reconcile(after(61 * SECOND_MS)).await;
        }
    };
    tokio::select! {
        reply = request => reply,
        () = reconcile => unreachable!("it never ends"),
    }
}
