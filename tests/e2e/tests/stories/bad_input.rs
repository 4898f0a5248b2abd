//! Bad input on every operation of every function: the right problem, nothing changed, never a 5xx; who may do what
//! ([`matrix`]); and that none leaves its tenant ([`twins`]). The operations are taken from the functions' own routes,
//! so a new one is tested as soon as it is there.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod bodies;
mod case;
mod heads;
mod matrix;
mod operation;
mod shop;
mod told;
mod twins;

use case::{Case, Problem};
use e2e::Books;
use shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_by_every_operation_that_reads_one() {
    let shop = Shop::open().await;
    let cases = shop.operations().iter().flat_map(bodies::cases).collect();
    hold(&shop, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_paths_methods_and_headers_are_refused_by_every_operation() {
    let shop = Shop::open().await;
    let cases = shop.operations().iter().flat_map(|operation| heads::cases(operation, &shop)).collect();
    hold(&shop, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_samples_that_bad_input_is_made_of_are_good() {
    let shop = Shop::open().await;
    for operation in shop.operations().into_iter().filter(|operation| !operation.is_protocol()) {
        let reply = Case::of(&operation, "as it should be", Problem::None).send(&shop).await;
        assert!(reply.status.is_success(), "{operation:?} → {} {}", reply.status, reply.json());
    }
}

/// Sends every case, and tells all that were not answered as they must be.
async fn hold(shop: &Shop, cases: Vec<Case>) {
    let before = format!("{:?}", Books::read(&shop.world).await);
    let rows = shop.rows().await;
    let (count, mut wrong) = (cases.len(), Vec::new());
    for case in cases {
        wrong.extend(case.judge(&case.send(shop).await).err());
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 100, "only {count} cases");
    assert_eq!(format!("{:?}", Books::read(&shop.world).await), before);
    assert_eq!(shop.rows().await, rows);
}
