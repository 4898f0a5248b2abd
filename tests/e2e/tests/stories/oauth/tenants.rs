//! What is of one pool is good in no other.

use domain::Scope;
use domain::id::{FamilyId, UserId};
use domain::oauth::{Family, FamilyRef};
use e2e::{Api, World};
use local::seed::DEMO_TENANT;
use serde_json::Value;

use super::program::{VERIFIER, granted, holder, refused};
use super::{Browser, Program, join};

/// The family of the demo tenant that these tokens belong to.
pub(crate) async fn family(world: &World, tokens: &Value) -> Family {
    let claims = super::forgeries::claims(tokens["access_token"].as_str().unwrap());
    let id = FamilyId::parse(claims["sid"].as_str().unwrap()).unwrap();
    let user = UserId::parse(claims["sub"].as_str().unwrap()).unwrap();
    world.store.family_fetch(FamilyRef { scope: DEMO_TENANT, user, id }).await.unwrap().unwrap()
}

/// The same person, and the same client but for its pool, in both pools.
#[tokio::test(flavor = "multi_thread")]
async fn codes_and_tokens_of_one_pool_are_good_in_no_other() {
    let world = World::bare().await;
    join(&world, Scope::Shared).await;
    join(&world, DEMO_TENANT).await;
    let (here, there) = (Program::of(&world, DEMO_TENANT), Program::of(&world, Scope::Shared));
    let code = here.code(&mut Browser::new(&world), "read:orders").await;
    assert_eq!(refused(&there.redeem(&code).await), "invalid_grant");
    let tokens = granted(&here.redeem(&code).await);
    assert_eq!(refused(&there.refresh(&tokens).await), "invalid_grant");
    for token in [&tokens["refresh_token"], &tokens["access_token"]] {
        assert_eq!(there.post("/revoke", &[("token", token.as_str().unwrap())]).await.status, 200);
    }
    let api = holder(&world, &tokens);
    assert_eq!(api.get("/v1/orders").await.status, 200);
    let elsewhere = Api(api.0.with_tenant("7c9e6679-7425-40de-944b-e07fc1f90ae7"));
    assert_eq!(elsewhere.get("/v1/orders").await.status, 403);
    granted(&here.refresh(&tokens).await);
}

/// A client cannot be asked about under another tenant's name.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_one_tenant_is_unknown_in_another() {
    let world = World::bare().await;
    let client = super::register(&world.tenant_staff(), &["https://app.example.com/callback"]).await;
    let id = e2e::id(&client);
    let stranger = Program { client_id: format!("shared.{id}"), ..Program::registered(&world, &client) };
    let page = Browser::new(&world).open(&stranger.link("read:orders")).await;
    assert_eq!(page.status, 400);
    let reply = stranger.redeem_with("x", "https://app.example.com/callback", VERIFIER).await;
    assert_eq!(refused(&reply), "invalid_client");
}
