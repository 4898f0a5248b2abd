//! How many endpoints there may be, and what a change may take away.

use domain::Scope;
use e2e::{World, code, id};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::management::quick;

#[tokio::test(flavor = "multi_thread")]
async fn of_endpoints_that_are_made_at_once_no_more_than_the_cap_are_made() {
    let world = World::with(quick()).await;
    let user = world.user(Scope::Shared).await;
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["*"]});
    let replies = join_all((0..12).map(|_| user.post("/v1/webhooks", &body))).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    let kept = user.get("/v1/webhooks").await.json()["data"].as_array().unwrap().len();
    assert_eq!((made, kept), (5, 5));
    for refused in replies.iter().filter(|reply| reply.status == 409) {
        assert_eq!(code(refused), "endpoint_limit_reached");
    }
    let first = user.get("/v1/webhooks").await.json()["data"][0].clone();
    assert_eq!(user.delete(&format!("/v1/webhooks/{}", id(&first))).await.status, 204);
    assert_eq!(user.post("/v1/webhooks", &body).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn null_takes_away_what_is_optional() {
    let world = World::with(quick()).await;
    let staff = world.tenant_staff();
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["*"], "description": "Ours", "rateLimit": 7});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    let kept = staff.patch(&path, &json!({"asymmetricSignature": true})).await.json();
    assert_eq!((&kept["description"], &kept["rateLimit"]), (&json!("Ours"), &json!(7)));
    let bare = staff.patch(&path, &json!({"description": null, "rateLimit": null})).await.json();
    assert_eq!((&bare["description"], &bare["rateLimit"]), (&Value::Null, &Value::Null));
    assert_eq!(bare["asymmetricSignature"], true);
    for bad in [json!({"rateLimit": 0}), json!({"rateLimit": 1_001})] {
        assert_eq!(staff.patch(&path, &bad).await.status, 422, "{bad}");
    }
}
