//! What a refusal tells: everything that is wrong, by its name, and what it should be instead.

use e2e::{Api, Card, World, id, payment};
use http::Method;
use serde_json::{Value, json};

/// The errors of `body`, sent to `path`.
async fn told(api: &Api, path: &str, body: &Value) -> Vec<String> {
    let reply = api.post(path, body).await.json();
    let errors = reply["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    errors.iter().map(|error| format!("{} {}", text(&error["field"]), text(&error["code"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_and_what_breaks_a_rule_are_told_together() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = json!({"species": "DRAGON", "name": "", "ageMonths": -1, "price": 5, "size": "XL", "status": "AVAILABLE",
                     "goodWithKids": "maybe", "photos": ["http://example.com"], "wings": 2});
    assert_eq!(
        told(&staff, "/v1/pets", &pet).await,
        [
            "ageMonths out_of_range",
            "goodWithKids invalid_type",
            "price invalid_type",
            "wings unknown_field",
            "species invalid_value",
            "name invalid_length",
            "size invalid_value",
            "photos[0] invalid_format",
        ]
    );
    let order =
        json!({"petId": "x", "userId": 1, "status": "SHIPPED?", "totalAmount": 2, "currency": [], "gift": 1});
    assert_eq!(
        told(&staff, "/v1/orders", &order).await,
        [
            "currency invalid_type",
            "gift unknown_field",
            "totalAmount invalid_type",
            "userId invalid_type",
            "petId invalid_format",
            "status invalid_value",
        ]
    );
    let none = told(&world.guest(), "/v1/auth/tokens", &json!({})).await;
    assert_eq!(none, ["username required_field", "password required_field"]);
    let roles = json!({"messages": [{"role": 1}, {"role": "CAT", "content": "Hi"}], "temperature": 9});
    assert_eq!(
        told(&staff, "/v1/chat/completions", &roles).await,
        ["messages[0].role invalid_type", "temperature out_of_range"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_of_a_query_is_told_together_with_what_it_may_be() {
    let reply = World::bare()
        .await
        .guest()
        .get("/v1/pets?species=DRAGON&size=XL&goodWithKids=maybe&status=SOLD")
        .await;
    assert_eq!(reply.status, 400);
    let errors = reply.json()["errors"].clone();
    let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["status", "species", "size", "goodWithKids"]);
    assert_eq!(errors[1]["message"], "Must be DOG, CAT, RABBIT, BIRD, REPTILE or OTHER.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_member_of_a_source_is_named_and_its_value_never_repeated() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let path = format!("/v1/orders/{}/payment", id(&order));
    let mut body = payment(&order, Card::GOOD);
    let source = body["source"].as_object_mut().unwrap();
    source.extend([
        ("addressLine1".to_owned(), json!("1 High Street")),
        ("exp_month".to_owned(), json!(12)),
        ("expMonth".to_owned(), json!("12")),
        ("accountNumber".to_owned(), json!("000123456789")),
        ("number".to_owned(), json!(4_242_424_242_424_242_u64)),
        ("billingAddress".to_owned(), json!({"city": 7, "country": "Italy"})),
    ]);
    assert_eq!(
        told(&staff, &path, &body).await,
        [
            "source.addressLine1 unknown_field",
            "source.billingAddress.city invalid_type",
            "source.expMonth invalid_type",
            "source.exp_month unknown_field",
            "source.number invalid_type",
            "source.accountNumber unknown_field",
            "source.billingAddress.country invalid_format",
        ]
    );
    let text = staff.post(&path, &body).await.json().to_string();
    assert!(!["4242", "0001234", "High"].iter().any(|secret| text.contains(secret)), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_without_quotes_is_not_called_another_one() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let path = format!("/v1/pets/{}", id(&pet));
    let tag = staff.get(&path).await.header("etag").to_owned();
    for (sent, status, hint) in [
        (tag.trim_matches('"').to_owned(), 400, "a quoted ETag such as"),
        (format!("W/{tag}"), 400, "without W/"),
        ("\"0\"".to_owned(), 412, ""),
        (tag.clone(), 200, ""),
    ] {
        let reply = staff.call(Method::PUT, &path, &pet, &[("if-match", &sent)]).await;
        assert_eq!(reply.status, status, "{sent}");
        let problem = reply.json();
        let message = problem["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(hint), "{sent}: {problem}");
        if status == 400 {
            assert_eq!(problem["errors"][0]["field"], "If-Match");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nil_uuid_is_an_id_of_nothing() {
    let world = World::bare().await;
    let order = json!({"petId": uuid::Uuid::nil(), "userId": uuid::Uuid::max()});
    assert_eq!(world.staff().post("/v1/orders", &order).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_names_the_member_that_met_it() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let again = staff.post("/v1/orders", &json!({"petId": order["petId"]})).await;
    assert_eq!((again.status.as_u16(), &again.json()["errors"][0]["field"]), (409, &json!("petId")));
    let early = staff.patch(&format!("/v1/orders/{}", id(&order)), &json!({"status": "DELIVERED"})).await;
    assert_eq!(early.json()["detail"], "An order that is PLACED cannot become DELIVERED.");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_json_is_told_by_what_and_where() {
    let world = World::bare().await;
    let headers = [("content-type", "application/json")];
    let reply = world.staff().send(Method::POST, "/v1/pets", "{\"näme\":\"Max\",}".into(), &headers).await;
    assert_eq!(reply.json()["detail"], "The body is not valid JSON at line 1, column 15: trailing comma.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_valid_is_called_so_as_rfc_6750_has_it() {
    let world = World::bare().await;
    let bare = world.guest().get("/v1/orders").await;
    assert_eq!((bare.status.as_u16(), bare.header("www-authenticate")), (401, "Bearer"));
    let headers = [("authorization", "Bearer nonsense")];
    let forged = world.guest().call(Method::GET, "/v1/orders", &Value::Null, &headers).await;
    assert_eq!(
        (forged.status.as_u16(), forged.header("www-authenticate")),
        (401, "Bearer error=\"invalid_token\", error_description=\"the bearer token is not valid\"")
    );
}
