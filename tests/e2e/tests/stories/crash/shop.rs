//! Clients of a process that may die at any moment: what they asked, what they were told, and what stayed unanswered.

use contract::Openapi;
use domain::time::HOUR_MS;
use e2e::{Card, Reply, callback, form, id, payment};
use http::Method;
use local::client::Client;
use platform::clock;
use serde_json::{Value, json};

const PHOTO: &[u8] = include_bytes!("../../../../../functions/images/samples/phone.jpg");

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Pet,
    /// A pet that is replaced and then deleted.
    Doomed,
    Replace,
    Remove,
    Order,
    Callback,
    Payment,
    Ship,
    Cancel,
    Endpoint,
    Image,
    User,
}

/// A request that may be repeated.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) what: What,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) key: String,
}

/// What the clients know.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    /// Every request that was answered, with its answer.
    pub(crate) told: Vec<(Ask, Value)>,
    /// Every request whose answer never came.
    pub(crate) unanswered: Vec<Ask>,
}

impl Ask {
    fn new(what: What, method: Method, path: impl Into<String>, body: Value) -> Self {
        Self { what, method, path: path.into(), body, key: clock::fresh_id().to_string() }
    }

    async fn send(&self, api: &Client) -> Result<Reply, impl std::fmt::Debug + use<>> {
        if self.what == What::Image {
            let (media, body) = form(&[("file", PHOTO)]);
            return api.send(self.method.clone(), &self.path, body, &[("content-type", &media)]).await;
        }
        let headers = [("idempotency-key", self.key.as_str())];
        api.call(self.method.clone(), &self.path, &self.body, &headers).await
    }

    /// Holds an answer against the contract and against what is expected of an undisturbed request.
    pub(crate) fn judge(&self, reply: &Reply) {
        let checked = Openapi::shared().unwrap();
        checked
            .check(self.method.as_str(), &self.path, reply.status.as_u16(), &reply.headers, &reply.body)
            .unwrap();
        assert!(reply.status.is_success(), "{self:?} → {} {}", reply.status, reply.json());
    }
}

impl Shop {
    /// Tells a process one order of every kind; `None` when it died meanwhile.
    pub(crate) async fn tell(&mut self, api: &Client, to: &str) -> Option<()> {
        self.replace_and_remove(api).await?;
        let shipped = self.order(api).await?;
        self.image(api, &shipped).await?;
        self.ask_callback(api, &shipped, to).await?;
        self.pay(api, &shipped, Card::GOOD).await?;
        self.make(api, Ask::new(What::Ship, Method::PATCH, path(&shipped), json!({"status": "SHIPPED"})))
            .await?;

        let refunded = self.order(api).await?;
        self.pay(api, &refunded, Card::GOOD).await?;
        self.ask_callback(api, &refunded, to).await?;
        self.cancel(api, &refunded).await?;

        let cancelled = self.order(api).await?;
        self.ask_callback(api, &cancelled, to).await?;
        self.cancel(api, &cancelled).await?;

        let declined = self.order(api).await?;
        self.pay(api, &declined, Card::DECLINED).await?;
        self.register(api, &format!("{to}/late"), "payment.failed").await
    }

    /// Registers somebody.
    pub(crate) async fn sign_up(&mut self, api: &Client) -> Option<()> {
        let name = format!("user-{}", clock::fresh_id());
        let body = json!({"username": name, "email": format!("{name}@example.com"), "firstName": "Ada",
                          "lastName": "Lovelace", "password": "SecurePass123!"});
        self.make(api, Ask::new(What::User, Method::POST, "/v1/users", body)).await.map(drop)
    }

    /// A pet that comes, changes and goes.
    async fn replace_and_remove(&mut self, api: &Client) -> Option<()> {
        let pet = self.make(api, Ask::new(What::Doomed, Method::POST, "/v1/pets", pet())).await?;
        let path = format!("/v1/pets/{}", id(&pet));
        let mut hidden = pet.clone();
        hidden["status"] = json!("NOT_AVAILABLE");
        self.make(api, Ask::new(What::Replace, Method::PUT, path.as_str(), hidden)).await?;
        self.make(api, Ask::new(What::Remove, Method::DELETE, path, Value::Null)).await.map(drop)
    }

    /// Registers an endpoint.
    pub(crate) async fn register(&mut self, api: &Client, url: &str, event: &str) -> Option<()> {
        let body = json!({"url": url, "events": [event]});
        self.make(api, Ask::new(What::Endpoint, Method::POST, "/v1/webhooks", body)).await.map(drop)
    }

    /// A new order for a new pet.
    pub(crate) async fn order(&mut self, api: &Client) -> Option<Value> {
        let pet = self.make(api, Ask::new(What::Pet, Method::POST, "/v1/pets", pet())).await?;
        self.make(api, Ask::new(What::Order, Method::POST, "/v1/orders", json!({"petId": pet["id"]}))).await
    }

    pub(crate) async fn ask_callback(&mut self, api: &Client, order: &Value, to: &str) -> Option<()> {
        let body = callback(order, &format!("{to}/callbacks"), clock::now());
        self.make(api, Ask::new(What::Callback, Method::POST, path(order), body)).await.map(drop)
    }

    pub(crate) async fn pay(&mut self, api: &Client, order: &Value, number: &str) -> Option<()> {
        let path = format!("{}/payment", path(order));
        self.make(api, Ask::new(What::Payment, Method::POST, path, payment(order, number))).await.map(drop)
    }

    /// A new order whose payment the provider leaves unanswered.
    pub(crate) async fn pay_silent(&mut self, api: &Client) -> Option<()> {
        let order = self.order(api).await?;
        self.pay(api, &order, Card::SILENT).await
    }

    /// Asks for everything of the endpoint that hears of everything, again. A recovery that runs already is as good.
    pub(crate) async fn recover(&mut self, api: &Client) -> Option<()> {
        let endpoints = api.call(Method::GET, "/v1/webhooks", &Value::Null, &[]).await.ok()?.json();
        let hears_all = |endpoint: &&Value| endpoint["events"] == json!(["*"]);
        let endpoint = endpoints["data"].as_array()?.iter().find(hears_all)?;
        let body = json!({"since": clock::now().plus_ms(-HOUR_MS).to_rfc3339()});
        let path = format!("/v1/webhooks/{}/recover", id(endpoint));
        let reply = api.call(Method::POST, &path, &body, &[]).await.ok()?;
        assert!(matches!(reply.status.as_u16(), 202 | 409), "{}", reply.json());
        Some(())
    }

    /// A photo of the order's pet. It has no key: the same image again is the same photo.
    async fn image(&mut self, api: &Client, order: &Value) -> Option<()> {
        let path = format!("/v1/pets/{}/images", order["petId"].as_str().unwrap_or_default());
        self.make(api, Ask::new(What::Image, Method::POST, path, Value::Null)).await.map(drop)
    }

    async fn cancel(&mut self, api: &Client, order: &Value) -> Option<()> {
        self.make(api, Ask::new(What::Cancel, Method::DELETE, path(order), Value::Null)).await.map(drop)
    }

    async fn make(&mut self, api: &Client, ask: Ask) -> Option<Value> {
        match ask.send(api).await {
            Ok(reply) => {
                ask.judge(&reply);
                self.told.push((ask, reply.json()));
                Some(reply.json())
            }
            Err(_) => {
                self.unanswered.push(ask);
                None
            }
        }
    }

    /// Repeats what was never answered, under the same keys, until it is.
    pub(crate) async fn repeat(&mut self, api: &Client) {
        for ask in std::mem::take(&mut self.unanswered) {
            let reply = e2e::eventually("an answer to a repeated request", || async {
                let reply = ask.send(api).await.unwrap();
                let is_early = reply.status == 409 && !reply.header("retry-after").is_empty();
                (!is_early).then_some(reply)
            });
            let reply = reply.await;
            // What died after its commit cannot be done again; it has no key that would tell.
            let is_done = matches!((ask.what, reply.status.as_u16()), (What::Remove, 404));
            if !is_done {
                ask.judge(&reply);
                self.told.push((ask, reply.json()));
            }
        }
    }
}

fn pet() -> Value {
    json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD",
           "status": "AVAILABLE"})
}

fn path(order: &Value) -> String {
    format!("/v1/orders/{}", id(order))
}
