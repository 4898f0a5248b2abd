//! What an operator does from their own machine, with the real binary.

use std::process::Output;

use domain::TenantId;
use e2e::World;
use serde_json::json;
use tokio::process::Command;

use crate::users::{PASSWORD, fresh_tenant, guest_of, newcomer, sign_in, signed_in};

/// Runs `petstore` against the tables of `world`.
pub(crate) async fn petstore(world: &World, arguments: &[&str], password: &str) -> Output {
    let endpoint = world.local.wiring().dynamodb.endpoint.clone().unwrap();
    let environment = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("TABLE_NAME", "petstore"),
        ("PETSTORE_PASSWORD", password),
    ];
    Command::new(e2e::binary()).args(arguments).envs(environment).output().await.unwrap()
}

/// What the command printed after `name`.
fn printed(output: &Output, name: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().to_owned()
}

const BOOTSTRAP: [&str; 5] = ["bootstrap", "--username", "ada", "--email", "ada@example.com"];

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_gets_its_first_tenant_and_owner() {
    let world = World::bare().await;
    let made = petstore(&world, &BOOTSTRAP, PASSWORD).await;
    let (tenant, owner) = (printed(&made, "tenant"), printed(&made, "owner"));
    let guest = guest_of(&world, &tenant);
    let owner_api = signed_in(&world, &sign_in(&guest, "ada", PASSWORD).await);
    assert_eq!(owner_api.get(&format!("/v1/users/{owner}/roles")).await.json()["owner"], true);
    let clients = owner_api.get("/v1/oauth/clients").await.json();
    assert_eq!(clients["data"].as_array().unwrap().len(), 1, "programs may ask its users: {clients}");
    assert_eq!(guest.post("/v1/users", &newcomer("eve")).await.status, 403);
    // Nothing is made twice, and a refusal says why in one line, without the password.
    let again = petstore(&world, &[&BOOTSTRAP[..], &["--id", &tenant]].concat(), PASSWORD).await;
    let short = petstore(&world, &BOOTSTRAP, "Short1!").await;
    for refused in [again, short] {
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && text.starts_with("error: ") && text.lines().count() == 1,
            "{text}"
        );
        assert!(!text.contains("Short1!"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_created_with_an_invitation_for_its_owner() {
    let world = World::bare().await;
    let made = petstore(&world, &["tenant", "create", "--registration", "open"], "").await;
    let (tenant, invitation) = (printed(&made, "tenant"), printed(&made, "invitation"));
    let mut body = newcomer("ada");
    body["invitation"] = json!(invitation);
    let reply = guest_of(&world, &tenant).post("/v1/users", &body).await;
    let owner = signed_in(&world, &reply);
    assert_eq!(
        owner.get(&format!("{}/roles", crate::users::path(&reply.json()))).await.json()["owner"],
        true
    );
    assert_eq!(guest_of(&world, &tenant).post("/v1/users", &newcomer("bob")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_opens_and_closes_after_it_was_founded() {
    let world = World::bare().await;
    let made = petstore(&world, &BOOTSTRAP, PASSWORD).await;
    let tenant = printed(&made, "tenant");
    let guest = guest_of(&world, &tenant);
    let register = async |name| guest.post("/v1/users", &newcomer(name)).await.status;
    assert_eq!(register("eve").await, 403);
    // Twice the same is the same.
    for _ in 0..2 {
        let opened = petstore(&world, &["tenant", "registration", &tenant, "open"], "").await;
        assert_eq!(printed(&opened, "registration"), "open");
    }
    assert_eq!(register("eve").await, 201);
    let closed = petstore(&world, &["tenant", "registration", &tenant, "invite"], "").await;
    assert_eq!(printed(&closed, "registration"), "invite");
    assert_eq!(register("bob").await, 403);
    for name in ["ada", "eve"] {
        assert_eq!(sign_in(&guest, name, PASSWORD).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_not_there_cannot_be_opened() {
    let world = World::bare().await;
    let tenant = fresh_tenant();
    for arguments in [[&tenant, "open"], [&tenant, "ajar"], ["shared", "open"]] {
        let refused = petstore(&world, &[&["tenant", "registration"], &arguments[..]].concat(), "").await;
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && text.starts_with("error: "), "{text}");
    }
    assert!(world.store.tenant_fetch(TenantId::parse(&tenant).unwrap()).await.unwrap().is_none());
}
