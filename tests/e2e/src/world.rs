//! A running system and the people who use it.

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use chat::Patience;
use chat::provider::Provider;
use domain::id::UserId;
use domain::{Scope, Timestamp};
use futures_util::FutureExt;
use local::Local;
use local::client::Client;
use local::options::Options;
use local::seed::{self, DEMO_TENANT};
use local::stack::Wiring;
use platform::clock;
use serde_json::{Value, json};
use store::Store;

use crate::{Api, Interference, Reply, Roles};

/// The whole system, on a free port, with nothing kept.
pub struct World {
    /// The stack.
    pub local: Local,
    /// Its tables.
    pub store: Store,
}

/// The numbers of test cards (<https://docs.stripe.com/testing>; `SILENT` and `LATE` are the simulator's own).
pub struct Card;

#[expect(missing_docs, reason = "the names say it")]
impl Card {
    pub const GOOD: &str = "4242424242424242";
    pub const DECLINED: &str = "4000000000000002";
    pub const POOR: &str = "4000000000009995";
    /// Approved; its refund is refused.
    pub const REFUND_REFUSED: &str = "4000000000005126";
    /// Approved; the provider refunds and answers too late.
    pub const REFUND_LATE: &str = "4000000000007726";
    /// The provider never answers the first time; asked again, it declines.
    pub const SILENT: &str = "4000000000008005";
    /// The provider charges and answers too late.
    pub const LATE: &str = "4000000000008013";
}

#[expect(clippy::unwrap_used, reason = "a test whose world does not start has failed")]
impl World {
    /// Starts with the seed, retry waits and ticks as they are.
    pub async fn start() -> Self {
        Self::with(Options::ephemeral()).await
    }

    /// Starts with these options.
    pub async fn with(options: Options) -> Self {
        Self::rewired(options, |_| {}).await
    }

    /// Starts without the example pets and the example order.
    pub async fn bare() -> Self {
        Self::with(Options { no_seed: true, ..Options::ephemeral() }).await
    }

    /// Starts without the seed, with `interference` between every function and the tables. The stack's own pollers and
    /// this world's own looks into the tables are not disturbed.
    pub async fn disturbed(interference: &Interference) -> Self {
        let interference = interference.clone();
        let options = Options { no_seed: true, ..Options::ephemeral() };
        let disturb = move |wiring: &mut Wiring| {
            wiring.dynamodb.http_client = interference.around(wiring.dynamodb.http_client.clone());
        };
        Self::rewired(options, disturb).await
    }

    /// Starts with functions that reach the emulators in the way that `change` says. The stack's own pollers and this
    /// world's own looks into tables and queues are as always.
    pub async fn rewired(options: Options, change: impl FnOnce(&mut Wiring)) -> Self {
        let wire = |mut wiring: Wiring| {
            change(&mut wiring);
            wiring.dynamodb.http_client = Roles::of(&wiring.template).around(wiring.dynamodb.http_client);
            async { local::functions::wire(wiring).await }.boxed()
        };
        let local = Local::start_with(options, wire).await.unwrap();
        let store = local::functions::store(local.wiring());
        Self { local, store }
    }

    /// How many messages the queues hold: waiting, delayed, and being worked on.
    ///
    /// # Panics
    /// When SQS does not answer.
    pub async fn in_queues(&self) -> usize {
        self.messages(&[
            Attribute::ApproximateNumberOfMessages,
            Attribute::ApproximateNumberOfMessagesDelayed,
            Attribute::ApproximateNumberOfMessagesNotVisible,
        ])
        .await
    }

    /// How many messages of the queues wait for their time, as those of later tries do.
    ///
    /// # Panics
    /// When SQS does not answer.
    pub async fn delayed(&self) -> usize {
        self.messages(&[Attribute::ApproximateNumberOfMessagesDelayed]).await
    }

    async fn messages(&self, wanted: &[Attribute]) -> usize {
        let sqs = local::sdk::sqs(&self.local.wiring().sqs);
        let mut count = 0;
        for url in self.local.wiring().queue_urls.values() {
            let call = sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(wanted.to_vec()));
            let attributes = call.send().await.unwrap().attributes.unwrap_or_default();
            count += attributes.values().map(|value| value.parse::<usize>().unwrap()).sum::<usize>();
        }
        count
    }

    /// Starts without the seed, with `provider` answering in the chat.
    pub async fn chatting(provider: Provider, patience: Patience) -> Self {
        Self::chatting_with(Options { no_seed: true, ..Options::ephemeral() }, provider, patience).await
    }

    /// The same with these options.
    pub async fn chatting_with(options: Options, provider: Provider, patience: Patience) -> Self {
        let change = |wiring: &mut Wiring| {
            (wiring.chat_provider, wiring.chat_patience) = (provider, patience);
        };
        Self::rewired(options, change).await
    }

    /// Runs `reconcile` as at `at`; answers how many operations it settled.
    pub async fn reconcile(&self, at: Timestamp) -> usize {
        let app = local::functions::payments(self.local.wiring()).unwrap();
        payments::reconcile::run(&app, at).await.unwrap().settled
    }

    /// Removes photos that no pet names, as at `at`.
    pub async fn prune(&self, at: Timestamp) -> images::prune::Pruned {
        images::prune::run(&local::functions::prune(self.local.wiring()), at).await.unwrap()
    }

    /// Runs the sweeper as at `at`.
    pub async fn sweep(&self, at: Timestamp) -> delivery::sweeper::Swept {
        let app = local::functions::sweeper(self.local.wiring()).unwrap();
        delivery::sweeper::sweep(&app, at).await.unwrap()
    }

    /// Nobody in particular, in the shared pool.
    #[must_use]
    pub fn guest(&self) -> Api {
        Api(Client::new(self.local.base_url()))
    }

    /// Staff of the shared pool.
    #[must_use]
    pub fn staff(&self) -> Api {
        self.signed_in(Scope::Shared, seed::staff_of(Scope::Shared))
    }

    /// Staff of the demo tenant.
    #[must_use]
    pub fn tenant_staff(&self) -> Api {
        self.signed_in(DEMO_TENANT, seed::staff_of(DEMO_TENANT))
    }

    /// A new user of `scope` with every scope, not staff.
    pub async fn user(&self, scope: Scope) -> Api {
        self.newcomer(scope).await.1
    }

    /// A new user of `scope`, and who that is.
    pub async fn newcomer(&self, scope: Scope) -> (UserId, Api) {
        let id = UserId::new(clock::fresh_id());
        assert_eq!(seed::person(&self.store, scope, id, false).await.unwrap(), store::Commit::Done);
        (id, self.signed_in(scope, id))
    }

    /// A caller with a token of `user`.
    #[must_use]
    pub fn signed_in(&self, scope: Scope, user: UserId) -> Api {
        Api(self.guest().0.with_token(&self.local.token(scope, user).unwrap()))
    }

    /// A new pet, taken in by `staff`.
    pub async fn pet(&self, staff: &Api) -> Value {
        let body = json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD",
                          "status": "AVAILABLE"});
        let reply = staff.post("/v1/pets", &body).await;
        assert_eq!(reply.status, 201);
        reply.json()
    }

    /// A new order of `api` for a new pet.
    pub async fn order(&self, api: &Api, staff: &Api) -> Value {
        let pet = self.pet(staff).await;
        // A guest says for whom it is.
        let body = match api.0.is_signed_in() {
            true => json!({"petId": pet["id"]}),
            false => json!({"petId": pet["id"], "userId": clock::fresh_id()}),
        };
        let reply = api.post("/v1/orders", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.json());
        reply.json()
    }

    /// Pays `order` with a card.
    pub async fn pay(&self, api: &Api, order: &Value, number: &str) -> Reply {
        api.post(&format!("/v1/orders/{}/payment", id(order)), &payment(order, number)).await
    }

    /// Asks for a callback of `order` at `url`.
    pub async fn ask(&self, api: &Api, order: &Value, url: &str) -> Reply {
        api.post(&format!("/v1/orders/{}", id(order)), &callback(order, url, clock::now())).await
    }

    /// Registers a webhook endpoint at `url` for `events`.
    pub async fn hook(&self, api: &Api, url: &str, events: &[&str]) -> Value {
        let reply = api.post("/v1/webhooks", &json!({"url": url, "events": events})).await;
        assert_eq!(reply.status, 201, "{}", reply.json());
        reply.json()
    }
}

/// The id of a resource.
#[must_use]
pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap_or_default()
}

/// The body of a payment of `order`.
#[must_use]
pub fn payment(order: &Value, number: &str) -> Value {
    let source = json!({"object": "card", "name": "J. Doe", "number": number, "cvc": "123", "expMonth": 12,
                        "expYear": 2040});
    json!({"amount": order["totalAmount"], "currency": order["currency"], "source": source})
}

/// The body of a callback request for `order`.
#[must_use]
pub fn callback(order: &Value, url: &str, at: Timestamp) -> Value {
    json!({"amount": order["totalAmount"], "currency": order["currency"], "timestamp": at.as_secs().to_string(),
           "callbackUrl": url})
}
