//! Payments, callbacks, webhooks and people with known secrets, accepted, declined and refused.

use bytes::Bytes;
use e2e::{Receiver, Reply, callback, id};
use http::{Method, StatusCode};
use local::client::Client;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::people;

/// A card that is approved, its CVC, and a number that is none.
pub(crate) const CARD: &str = "4000056655665556";
pub(crate) const CVC: &str = "007";
pub(crate) const WRONG_CARD: &str = "5105105105105109";
/// An account that is charged, of the routing number that the simulator knows.
pub(crate) const ACCOUNT: &str = "000123456789";
const ROUTING: &str = "110000000";
/// Parts of a callback's URL.
pub(crate) const URL_PATH: &str = "orders-of-7f3a9b2c5d";
pub(crate) const TOKEN: &str = "token-91c5e07a44b8";
/// A part of an endpoint's URL, and the value of a header of its own.
pub(crate) const HOOK_PATH: &str = "hook-5b8e21d09f63";
pub(crate) const HEADER: &str = "Basic-c2b7704e1d95";

/// A system and the people who use it.
pub(crate) struct Story {
    pub(crate) guest: Client,
    pub(crate) staff: Client,
    pub(crate) to: String,
}

/// What they were told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) webhook_secret: String,
    /// Tokens and an invitation, each shown by one answer.
    pub(crate) once: Vec<String>,
    replies: Vec<Reply>,
}

/// A receiver whose `/gone` wants nothing any more.
pub(crate) async fn receiver() -> Receiver {
    let receiver = Receiver::start().await.unwrap();
    let answer = |path: &str| if path.starts_with("/gone") { StatusCode::GONE } else { StatusCode::OK };
    receiver.answer(move |request, _| answer(&request.path));
    receiver
}

/// What a receiver got; the path is its own secret.
pub(crate) fn deliveries(receiver: &Receiver) -> String {
    let text =
        |copy: &e2e::Received| format!("{:?} {}", without_own(copy), String::from_utf8_lossy(&copy.body));
    receiver.received().iter().map(text).collect()
}

fn without_own(copy: &e2e::Received) -> http::HeaderMap {
    let mut headers = copy.headers.clone();
    headers.remove("authorization");
    headers
}

impl Told {
    /// Everything that was answered, but for the answers that show a secret: that of a new endpoint, a token, an
    /// invitation.
    pub(crate) fn answers(&self) -> String {
        let text = |reply: &Reply| format!("{:?} {}\n", reply.headers, String::from_utf8_lossy(&reply.body));
        self.replies.iter().map(text).collect()
    }

    /// One answer showed `secret`. Of a token that is its signature: without it the rest says who somebody is, no more.
    pub(crate) fn shown_once(&mut self, secret: &str) {
        self.once.extend(secret.rsplit('.').next().map(str::to_owned));
    }

    pub(crate) fn keep(&mut self, reply: Reply) -> Value {
        let body = reply.json();
        self.replies.push(reply);
        body
    }
}

impl Story {
    pub(crate) async fn tell(&self) -> Told {
        let mut told = Told::default();
        self.register(&mut told).await;
        let guest = self.guest.with_tenant(DEMO_TENANT);
        people::come_in(&mut told, &guest, &self.staff).await;
        let order = self.order(&mut told, &guest).await;
        let path = format!("/v1/orders/{}", id(&order));
        let url = format!("{}/callbacks/{URL_PATH}?token={TOKEN}", self.to);
        let asked = callback(&order, &url, clock::now());
        let accepted = told.keep(send(&guest, Method::POST, &path, &asked).await);
        self.refused(&mut told, &guest, &path, &order).await;
        for (year, status) in [(2024, "FAILED"), (2040, "SUCCEEDED")] {
            let paid =
                send(&guest, Method::POST, &format!("{path}/payment"), &card(&order, CARD, year)).await;
            assert_eq!(paid.json()["status"], status, "{}", paid.json());
            told.keep(paid);
        }
        let status = format!("{path}/callbacks/{}", accepted["requestId"].as_str().unwrap());
        for path in [path.clone(), format!("{path}/payments"), format!("{path}/events"), status] {
            told.keep(send(&self.staff, Method::GET, &path, &Value::Null).await);
        }
        let other = self.order(&mut told, &guest).await;
        let pay = format!("/v1/orders/{}/payment", id(&other));
        assert_eq!(
            told.keep(send(&guest, Method::POST, &pay, &account(&other)).await)["status"],
            "SUCCEEDED"
        );
        told.keep(send(&guest, Method::DELETE, &path, &Value::Null).await);
        told
    }

    /// Two endpoints: one hears of everything, one wants nothing.
    async fn register(&self, told: &mut Told) {
        let url = format!("{}/{HOOK_PATH}", self.to);
        let body = json!({"url": url, "events": ["*"], "headers": {"authorization": HEADER}});
        let endpoint = send(&self.staff, Method::POST, "/v1/webhooks", &body).await.json();
        endpoint["secret"].as_str().unwrap().clone_into(&mut told.webhook_secret);
        let gone = json!({"url": format!("{}/gone", self.to), "events": ["order.created"]});
        assert_eq!(send(&self.staff, Method::POST, "/v1/webhooks", &gone).await.status, 201);
    }

    async fn order(&self, told: &mut Told, guest: &Client) -> Value {
        let pet = json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD",
                         "status": "AVAILABLE"});
        let pet = told.keep(send(&self.staff, Method::POST, "/v1/pets", &pet).await);
        let order = json!({"petId": pet["id"], "userId": clock::fresh_id()});
        told.keep(send(guest, Method::POST, "/v1/orders", &order).await)
    }

    /// Requests that hold the numbers in wrong places, and must not repeat them.
    async fn refused(&self, told: &mut Told, guest: &Client, order_path: &str, order: &Value) {
        let path = format!("{order_path}/payment");
        let mut bodies = vec![card(order, WRONG_CARD, 2040)];
        for (pointer, value) in [
            ("/amount", json!(CARD)),
            ("/currency", json!(ACCOUNT)),
            ("/source/object", json!(CARD)),
            ("/source/number", json!(4_000_056_655_665_556_u64)),
            ("/source/cvc", json!([CVC])),
            ("/source/expMonth", json!(CARD)),
            ("/source", json!(CARD)),
        ] {
            let mut body = card(order, CARD, 2040);
            *body.pointer_mut(pointer).unwrap() = value;
            bodies.push(body);
        }
        for body in bodies {
            let reply = send(guest, Method::POST, &path, &body).await;
            assert!(reply.status.is_client_error(), "{body} → {}", reply.status);
            told.keep(reply);
        }
        let broken = Bytes::from(format!("{{\"source\": {{\"number\": \"{CARD}\", \"cvc\": \"{CVC}\" oops"));
        told.keep(guest.send(Method::POST, &path, broken, &[]).await.unwrap());
        let asked = callback(order, &format!("ftp://{URL_PATH}/?token={TOKEN}"), clock::now());
        told.keep(send(guest, Method::POST, order_path, &asked).await);
    }
}

pub(crate) async fn send(api: &Client, method: Method, path: &str, body: &Value) -> Reply {
    api.call(method, path, body, &[]).await.unwrap()
}

fn card(order: &Value, number: &str, exp_year: u16) -> Value {
    let source = json!({"object": "card", "name": "J. Doe", "number": number, "cvc": CVC, "expMonth": 12,
                        "expYear": exp_year});
    json!({"amount": order["totalAmount"], "currency": order["currency"], "source": source})
}

fn account(order: &Value) -> Value {
    let source = json!({"object": "bank_account", "accountHolderName": "J. Doe", "accountNumber": ACCOUNT,
                        "routingNumber": ROUTING, "accountType": "CHECKING"});
    json!({"amount": order["totalAmount"], "currency": order["currency"], "source": source})
}
