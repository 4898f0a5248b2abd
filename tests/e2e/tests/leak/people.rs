//! Somebody who is invited, registers, guesses wrong, signs in and takes another password; and who types passwords where
//! they do not belong.

use bytes::Bytes;
use e2e::{Reply, id};
use http::Method;
use local::client::Client;
use serde_json::{Value, json};

use crate::story::{Told, send};

/// A password, the one that follows it, and a guess that is wrong.
pub(crate) const PASSWORD: &str = "Tr0ubadour-7d1e4c";
pub(crate) const NEW_PASSWORD: &str = "Batt3ry-st4ple-51ac";
pub(crate) const WRONG_PASSWORD: &str = "Corr3ct-h0rse-9b27";

/// How the tale of them goes; `guest` names the tenant of `staff`.
pub(crate) async fn come_in(told: &mut Told, guest: &Client, staff: &Client) {
    let invited = send(staff, Method::POST, "/v1/invitations", &Value::Null).await;
    let invitation = shown(told, &invited, "invitation");
    refused(told, guest).await;
    let path = register(told, guest, &invitation).await;
    guess(told, guest).await;
    let first = sign_in(told, guest, PASSWORD).await;
    change_password(told, &first, &path).await;
    told.keep(send(&first, Method::GET, &path, &Value::Null).await);
    let second = sign_in(told, guest, NEW_PASSWORD).await;
    told.keep(send(&second, Method::GET, &path, &Value::Null).await);
}

/// Under a key, so that what is kept for a repeat is looked at too; the repeat itself shows no token.
async fn register(told: &mut Told, guest: &Client, invitation: &str) -> String {
    let mut body = newcomer("Ada");
    body["invitation"] = json!(invitation);
    let key = [("idempotency-key", "people-registration-0001")];
    let made = guest.call(Method::POST, "/v1/users", &body, &key).await.unwrap();
    shown(told, &made, "token");
    let repeat = guest.call(Method::POST, "/v1/users", &body, &key).await.unwrap();
    assert_eq!((repeat.status.as_u16(), repeat.header("idempotent-replayed")), (201, "true"));
    format!("/v1/users/{}", id(&told.keep(repeat)))
}

async fn sign_in(told: &mut Told, guest: &Client, password: &str) -> Client {
    let body = json!({"username": "Ada", "password": password});
    let token = shown(told, &send(guest, Method::POST, "/v1/auth/tokens", &body).await, "token");
    guest.with_token(&token)
}

async fn change_password(told: &mut Told, user: &Client, path: &str) {
    for (current, status) in [(WRONG_PASSWORD, 422), (PASSWORD, 200)] {
        let body = json!({"password": NEW_PASSWORD, "currentPassword": current});
        let reply = send(user, Method::PUT, path, &body).await;
        assert_eq!(reply.status, status, "{}", reply.json());
        told.keep(reply);
    }
}

/// Wrong passwords, and right ones under wrong names.
async fn guess(told: &mut Told, guest: &Client) {
    for (username, password) in [
        ("Ada", WRONG_PASSWORD),
        ("nobody", PASSWORD),
        (PASSWORD, WRONG_PASSWORD),
        (WRONG_PASSWORD, PASSWORD),
    ] {
        let body = json!({"username": username, "password": password});
        let reply = send(guest, Method::POST, "/v1/auth/tokens", &body).await;
        assert_eq!(reply.status, 401, "{body}");
        told.keep(reply);
    }
}

/// Requests that hold passwords in wrong places, and must not repeat them.
async fn refused(told: &mut Told, guest: &Client) {
    let mut bodies = Vec::new();
    for (member, value) in [
        ("email", json!(PASSWORD)),
        ("phone", json!(PASSWORD)),
        ("invitation", json!(PASSWORD)),
        ("password", json!([PASSWORD])),
        ("preferences", json!(PASSWORD)),
    ] {
        let mut body = newcomer("Ada");
        body[member] = value;
        bodies.push(("/v1/users", body));
    }
    bodies.push(("/v1/auth/tokens", json!({"username": "Ada", "password": {"is": PASSWORD}})));
    bodies
        .push(("/v1/auth/tokens", json!({"username": "Ada", "password": PASSWORD, "again": WRONG_PASSWORD})));
    for (path, body) in bodies {
        let reply = send(guest, Method::POST, path, &body).await;
        assert!(reply.status.is_client_error(), "{body} → {}", reply.status);
        told.keep(reply);
    }
    let broken = Bytes::from(format!("{{\"username\": \"Ada\", \"password\": \"{PASSWORD}\" oops"));
    told.keep(guest.send(Method::POST, "/v1/auth/tokens", broken, &[]).await.unwrap());
}

fn newcomer(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.com"), "firstName": name, "lastName": "Lovelace",
           "password": PASSWORD})
}

/// A secret that this answer, and no other, shows.
fn shown(told: &mut Told, reply: &Reply, member: &str) -> String {
    assert!(reply.status.is_success(), "{}", reply.json());
    let secret = reply.json()[member].as_str().unwrap().to_owned();
    told.shown_once(&secret);
    secret
}
