//! What an order costs: every unit that DynamoDB says it consumed, line by line, within the budget of docs/adr.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail the test, and print the bill")]

use std::collections::BTreeMap;

use domain::time::HOUR_MS;
use e2e::{Api, Card, Receiver, World, eventually, id, payment};
use local::Local;
use local::options::Options;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};
use store::meter::{Cost, Meter};

/// Write units of an order that is created, paid and told to two webhooks, and of the same with two Idempotency-Keys.
const BUDGET: f64 = 24.0;
const BUDGET_WITH_KEYS: f64 = 29.0;
/// A signed-in caller's order is in one index more, which lists one's own orders.
const OWNER_INDEX: f64 = 1.0;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stays_within_its_budget() {
    let shop = Shop::open().await;
    let guest = Api(shop.world.guest().0.with_tenant(DEMO_TENANT));
    let user = shop.world.user(DEMO_TENANT).await;
    for (who, api, more) in [("a guest", &guest, 0.0), ("a signed-in caller", &user, OWNER_INDEX)] {
        for (how, has_keys, budget) in [("without keys", false, BUDGET), ("with keys", true, BUDGET_WITH_KEYS)] {
            let writes = shop.bill(&format!("{who}, {how}"), api, has_keys).await;
            assert!(writes <= budget + more, "{who}, {how}: {writes} write units");
        }
    }
}

struct Shop {
    world: World,
    meter: Meter,
    receiver: Receiver,
}

impl Shop {
    async fn open() -> Self {
        let (meter, receiver) = (Meter::default(), Receiver::start().await.unwrap());
        let counted = meter.clone();
        let wire = |mut wiring: local::stack::Wiring| {
            wiring.meter = Some(counted);
            local::functions::wire(wiring)
        };
        let options = Options { no_seed: true, ..Options::ephemeral() };
        let local = Local::start_with(options, wire).await.unwrap();
        let world = World { store: local::functions::store(local.wiring()), local };
        let hears = ["order.created", "payment.succeeded"];
        world.hook(&world.tenant_staff(), &receiver.url("/hooks"), &hears).await;
        Self { world, meter, receiver }
    }

    /// Makes, pays and delivers one order of `api`, prints its bill and answers its write units.
    async fn bill(&self, title: &str, api: &Api, has_keys: bool) -> f64 {
        let (staff, before) = (self.world.tenant_staff(), self.receiver.received().len());
        let pet = self.world.pet(&staff).await;
        // Whose roles and which tenant it is, is known for a minute.
        api.get("/v1/pets?limit=1").await;
        drop(self.meter.take());
        let order = self.order(api, &pet, has_keys).await;
        let made = self.meter.take();
        let path = format!("/v1/orders/{}/payment", id(&order));
        let paid = post(api, &path, &payment(&order, Card::GOOD), has_keys).await;
        assert_eq!(paid["status"], "SUCCEEDED");
        e2e::soon("both webhooks", self.receiver.until(|all| all.len() >= before + 2)).await;
        self.delivered().await;
        println!("\n{title}");
        print("create", &made) + print("pay and deliver", &self.meter.take())
    }

    async fn order(&self, api: &Api, pet: &Value, has_keys: bool) -> Value {
        let with_user = json!({"petId": pet["id"], "userId": clock::fresh_id()});
        let signed_in = json!({"petId": pet["id"]});
        let is_guest = api.0.call(http::Method::GET, "/v1/orders", &Value::Null, &[]).await.unwrap().status == 401;
        let order = post(api, "/v1/orders", if is_guest { &with_user } else { &signed_in }, has_keys).await;
        let far = clock::now().plus_ms(HOUR_MS);
        drop(far);
        order
    }

    /// Until both deliveries are recorded.
    async fn delivered(&self) {
        let far = clock::now().plus_ms(HOUR_MS);
        eventually("both deliveries to end", async || {
            self.world.store.deliveries_due(true, far, 100).await.unwrap().is_empty().then_some(())
        })
        .await;
    }
}

async fn post(api: &Api, path: &str, body: &Value, has_key: bool) -> Value {
    let key = clock::fresh_id().to_string();
    let reply = if has_key { api.post_once(path, body, &key).await } else { api.post(path, body).await };
    assert_eq!(reply.status, 201, "{}", reply.json());
    reply.json()
}

/// Prints what was consumed, and answers the write units. What looks for work by the clock is not the order's.
fn print(step: &str, costs: &[Cost]) -> f64 {
    let is_ticker = |cost: &&Cost| cost.place.ends_with("/work") || cost.place.ends_with("/due");
    let mut lines: BTreeMap<_, (f64, f64, u32)> = BTreeMap::new();
    for cost in costs.iter().filter(|cost| !(cost.call == "Query" && is_ticker(cost))) {
        let line = lines.entry((cost.call, cost.place.as_str())).or_default();
        *line = (line.0 + cost.write_units, line.1 + cost.read_units, line.2 + 1);
    }
    let mut writes = 0.0;
    println!("  {step:<20} {:<20} {:<24} {:>6} {:>6} {:>6}", "call", "place", "calls", "writes", "reads");
    for ((call, place), (write, read, calls)) in lines {
        println!("  {:<20} {call:<20} {place:<24} {calls:>6} {write:>6} {read:>6}", "");
        writes += write;
    }
    println!("  {:<20} {:<20} {:<24} {:>6} {writes:>6}", "", "write units", "", "");
    writes
}
