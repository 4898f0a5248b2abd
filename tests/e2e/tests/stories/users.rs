//! Users: who registers, signs in, changes, leaves; who may do what; and who only guesses.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod guesses;
mod invitations;
mod leaving;
pub(crate) mod operator;
mod profile;
mod register;
mod roles;
mod tenants;
mod tokens;

use e2e::{Api, Reply, World};
use serde_json::{Value, json};

/// Everybody's password here.
const PASSWORD: &str = "SecurePass123!";

/// What somebody called `name` sends to register.
fn newcomer(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.com"), "firstName": "Ada", "lastName": "Lovelace",
           "password": PASSWORD})
}

/// A guest who names `tenant`.
fn guest_of(world: &World, tenant: impl ToString) -> Api {
    Api(world.guest().0.with_tenant(tenant))
}

/// Whoever registered or signed in with this answer.
fn signed_in(world: &World, reply: &Reply) -> Api {
    assert!(reply.status.is_success(), "{}", reply.json());
    Api(world.guest().0.with_token(reply.json()["token"].as_str().unwrap()))
}

/// Registers somebody with `guest`; who that is, and a caller for them.
async fn join(world: &World, guest: &Api, name: &str) -> (String, Api) {
    let reply = guest.post("/v1/users", &newcomer(name)).await;
    let api = signed_in(world, &reply);
    (path(&reply.json()), api)
}

/// Signs in.
async fn sign_in(guest: &Api, name: &str, password: &str) -> Reply {
    guest.post("/v1/auth/tokens", &json!({"username": name, "password": password})).await
}

/// Where a user lives.
fn path(user: &Value) -> String {
    format!("/v1/users/{}", e2e::id(user))
}

/// A tenant that nobody has used.
fn fresh_tenant() -> String {
    platform::clock::fresh_id().to_string()
}
