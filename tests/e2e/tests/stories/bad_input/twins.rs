//! Two tenants that share every id: whatever is done in one, nothing of the other is read or changed.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use local::seed::DEMO_TENANT;

use crate::bad_input::case::{Case, Problem};
use crate::bad_input::shop::Shop;

/// The twin of the demo tenant.
const TWIN: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// What every pet, person and endpoint of the twin is called.
const MARK: &str = "Doppelganger";

#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_that_share_every_id_share_nothing_else() {
    let shop = Shop::open().await;
    let copied = copy(&shop).await;
    assert!(copied > 10, "only {copied} items were copied");
    let before = twin_rows(&shop).await;
    for operation in shop.operations().into_iter().filter(|operation| !operation.is_protocol()) {
        let reply = Case::of(&operation, "in one of two tenants", Problem::None).send(&shop).await;
        let told = String::from_utf8_lossy(&reply.body);
        assert!(reply.status.is_success(), "{operation:?} → {} {told}", reply.status);
        assert!(!told.contains(MARK) && !told.contains(TWIN), "{operation:?} → {told}");
    }
    assert_eq!(twin_rows(&shop).await, before);
}

/// Every item of the demo tenant, in the twin too, under the same ids and with another content.
async fn copy(shop: &Shop) -> usize {
    let client = local::sdk::dynamodb(&shop.world.local.wiring().dynamodb);
    let names = store::TableNames::default();
    let mut copied = 0;
    for table in [&names.state, &names.deliveries] {
        let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page.unwrap().items() {
                if !item["pk"].as_s().unwrap().contains(&DEMO_TENANT.to_string()) {
                    continue;
                }
                client.put_item().table_name(table).set_item(Some(twin(item))).send().await.unwrap();
                copied += 1;
            }
        }
    }
    copied
}

fn twin(item: &HashMap<String, AttributeValue>) -> HashMap<String, AttributeValue> {
    let mut twin: HashMap<_, _> = item.iter().map(|(name, value)| (name.clone(), moved(value))).collect();
    for name in ["name", "first_name", "description"] {
        if let Some(value) = twin.get_mut(name) {
            *value = AttributeValue::S(MARK.to_owned());
        }
    }
    // It tells nobody: only the rows count.
    twin.remove("outbox");
    twin
}

fn moved(value: &AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::S(text) => AttributeValue::S(text.replace(&DEMO_TENANT.to_string(), TWIN)),
        AttributeValue::M(members) => {
            AttributeValue::M(members.iter().map(|(name, value)| (name.clone(), moved(value))).collect())
        }
        AttributeValue::L(elements) => AttributeValue::L(elements.iter().map(moved).collect()),
        other => other.clone(),
    }
}

async fn twin_rows(shop: &Shop) -> BTreeSet<String> {
    shop.rows().await.into_iter().filter(|row| row.contains(TWIN)).collect()
}
