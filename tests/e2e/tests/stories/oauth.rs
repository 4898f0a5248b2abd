//! OAuth 2.0: the code flow and the device flow as a client and a user's browser see them, and everything that somebody
//! may try against them (RFC 9700).
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod browser;
mod clients;
mod codes;
mod devices;
mod forgeries;
mod grants;
mod guessing;
mod lost;
mod pages;
mod program;
mod redirects;
mod refresh;
mod revocation;
mod staff;
mod tenants;
mod theft;

use domain::Scope;
use e2e::{Api, World};
use local::seed::DEMO_TENANT;
use serde_json::{Value, json};

use browser::Browser;
use program::Program;

/// Everybody's password here.
const PASSWORD: &str = "AnalyticalEngine1";
/// Everybody's name here.
const USER: &str = "ada";

/// A guest of a pool.
fn guest(world: &World, scope: Scope) -> Api {
    match scope {
        Scope::Shared => world.guest(),
        Scope::Tenant(tenant) => Api(world.guest().0.with_tenant(tenant)),
    }
}

/// A system with somebody called [`USER`] in the pool, who holds a customer's roles; where they live.
async fn join(world: &World, scope: Scope) -> (String, Api) {
    let body = json!({"username": USER, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                      "password": PASSWORD});
    let reply = guest(world, scope).post("/v1/users", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.json());
    let user = reply.json();
    let api = Api(world.guest().0.with_token(user["token"].as_str().unwrap()));
    (format!("/v1/users/{}", e2e::id(&user)), api)
}

/// Registers an application with `owner`.
pub(crate) async fn register(owner: &Api, redirects: &[&str]) -> Value {
    let body = json!({"name": "Planner", "redirectUris": redirects});
    let reply = owner.post("/v1/oauth/clients", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.json());
    reply.json()
}

/// A system with [`USER`] in the demo tenant, and a program with its client there.
async fn tenant_program() -> (World, Program) {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    (world, program)
}
