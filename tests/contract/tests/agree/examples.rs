//! Every example in the document satisfies its schema, in the direction it goes; every body has one.

use contract::{Direction, breaches, document, sites};
use serde_json::json;

#[test]
fn every_example_satisfies_its_schema() {
    let (count, breaches) = breaches(&document().unwrap()).unwrap();
    assert_eq!(breaches, Vec::<String>::new());
    assert!(count > 80, "only {count} examples were found");
}

#[test]
fn a_wrong_example_is_found() {
    let mut document = document().unwrap();
    document["components"]["examples"]["PlacedOrder"]["value"]["status"] = json!("placed");
    let (_, breaches) = breaches(&document).unwrap();
    assert!(breaches.len() >= 2 && breaches.iter().all(|breach| breach.contains("placed")), "{breaches:#?}");
}

#[test]
fn every_body_has_an_example() {
    let document = document().unwrap();
    for site in sites(&document).iter().filter(|site| site.is_body()) {
        assert!(!site.examples(&document).unwrap().is_empty(), "{}", site.place);
    }
}

#[test]
fn both_directions_are_looked_at() {
    let document = document().unwrap();
    let of = |direction| sites(&document).iter().filter(|s| s.is_body() && s.direction == direction).count();
    assert!(of(Direction::Request) >= 7, "{}", of(Direction::Request));
    assert!(of(Direction::Response) >= 40, "{}", of(Direction::Response));
}

/// The seed page's own request, value for value.
#[test]
fn the_seeds_example_is_ours() {
    let document = document().unwrap();
    let body = &document["paths"]["/v1/orders/{id}"]["post"]["requestBody"]["content"]["application/json"];
    let expected = json!({
        "amount": "738.05", "currency": "USD", "timestamp": "1758613403",
        "callbackUrl": "https://example.com/callbacks/orders/1312312"
    });
    assert_eq!(body["examples"]["order"]["value"], expected);
}
