//! What one order costs in DynamoDB units: created, paid, and told by two webhooks, under the limits of a deployment.
//! Printed line by line (`cargo test --workspace --test stories cost -- --nocapture`) and held to the budget.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed; the figures are its point"
)]

use domain::id::UserId;
use e2e::{Api, Card, Receiver, World, arrivals, counted, id, payment};
use local::Local;
use local::functions;
use local::options::Options;
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use serde_json::{Value, json};
use store::meter::{Cost, Meter};

/// Write units for an order, without what limits write.
const BUDGET: f64 = 24.0;
/// What the cap on unpaid orders adds for whoever is not staff: a leg of the transaction that places one.
const CAP: f64 = 2.0;
/// What counting a guest's two writes adds.
const COUNT: f64 = 1.0;
/// What two idempotency keys add: a leg in each of two transactions.
const KEYS: f64 = 4.0;
/// What the catalogue writes for an order: an entry, a shelf's tally and an aisle's, for each of two changes of its pet.
const CATALOGUE: f64 = 6.0;
/// What being found in its owner's list costs: one entry of the `owner` index.
const OWNED: f64 = 1.0;
/// US dollars for a million write units, on demand in us-east-1 (<https://aws.amazon.com/dynamodb/pricing/on-demand/>).
const DOLLARS_PER_MILLION: f64 = 0.625;
/// US dollars for the writes of a million orders without idempotency keys, those of catalogue and limits included.
const DOLLARS: f64 = 22.0;

/// Whose order it is.
struct Buyer {
    api: Api,
    user: UserId,
}

/// What an order took.
#[derive(Clone, Copy)]
struct Spent {
    /// Write units, without those of the catalogue, which are held to a budget of their own.
    order: f64,
    /// For a million of them, the catalogue's included.
    dollars: f64,
}

async fn metered() -> (World, Meter) {
    let meter = Meter::default();
    let counting = meter.clone();
    let limited = Options { rate_limit: Some(10_000), ..Options::ephemeral() };
    let local = Local::start_with(limited, move |mut wiring| {
        wiring.meter = Some(counting);
        functions::wire(wiring)
    })
    .await
    .unwrap();
    let store = functions::store(local.wiring());
    (World { local, store }, meter)
}

/// Creates and pays an order of the demo tenant whose endpoint hears of two of its events.
async fn write_units(world: &World, meter: &Meter, buyer: &Buyer, keys: Option<&str>, title: &str) -> Spent {
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created", "payment.succeeded"]).await;
    let pet = world.pet(&staff).await;
    counted(world).await;
    let order = json!({"petId": pet["id"], "userId": buyer.user});
    drop(meter.take());
    let buyer = &buyer.api;
    let order = post(buyer, "/v1/orders", &order, keys.map(|key| format!("{key}-order-000000000000"))).await;
    let path = format!("/v1/orders/{}/payment", id(&order));
    post(buyer, &path, &payment(&order, Card::GOOD), keys.map(|key| format!("{key}-pay-00000000000000")))
        .await;
    arrivals(&receiver, 2).await;
    let mut costs = meter.take();
    while delivered(&staff, &endpoint).await < 2 {
        costs.extend(meter.take());
    }
    counted(world).await;
    costs.extend(meter.take());
    assert_eq!(staff.delete(&format!("/v1/webhooks/{}", id(&endpoint))).await.status, 204);
    print(title, &costs)
}

async fn post(api: &Api, path: &str, body: &Value, key: Option<String>) -> Value {
    let headers: Vec<(&str, &str)> = key.iter().map(|key| ("idempotency-key", key.as_str())).collect();
    let reply = api.call(http::Method::POST, path, body, &headers).await;
    assert_eq!(reply.status, 201, "{}", reply.json());
    reply.json()
}

/// How many of the endpoint's deliveries are recorded as arrived.
async fn delivered(staff: &Api, endpoint: &Value) -> usize {
    let reply = staff.get(&format!("/v1/webhooks/{}/deliveries", id(endpoint))).await.json();
    reply["data"].as_array().unwrap().iter().filter(|delivery| delivery["status"] == "DELIVERED").count()
}

/// Prints every write and the sums. Reads of the test's own polling and of the sweeper are among the reads.
fn print(title: &str, costs: &[Cost]) -> Spent {
    println!("\n{title}");
    // The simulator's books are the provider's, not ours: Stripe keeps its own.
    let ours: Vec<_> = costs.iter().filter(|cost| cost.about != "ledger").collect();
    for cost in ours.iter().filter(|cost| cost.write_units > 0.0) {
        println!(
            "  {:5.1} write units  {:<20} {:<30} {}",
            cost.write_units, cost.call, cost.about, cost.place
        );
    }
    let (catalogue, order): (Vec<_>, Vec<_>) =
        ours.into_iter().partition(|cost| matches!(cost.about.as_str(), "entry" | "tally"));
    let sum = |costs: &[&Cost]| costs.iter().map(|cost| cost.write_units).sum::<f64>();
    let (order, catalogue) = (sum(&order), sum(&catalogue));
    let reads: f64 = costs.iter().map(|cost| cost.read_units).sum();
    let dollars = (order + catalogue) * DOLLARS_PER_MILLION;
    println!(
        "  {order:5.1} write units, and {catalogue:.1} of the catalogue: ${dollars:.2} for a million orders; \
         {reads:.1} read units (the test's polling included)"
    );
    assert!((1.0..=CATALOGUE).contains(&catalogue), "{catalogue}");
    Spent { order, dollars }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stays_within_its_budget() {
    let (world, meter) = metered().await;
    let (user, api) = world.newcomer(DEMO_TENANT).await;
    let user = Buyer { api, user };
    let guest = Api(world.guest().0.with_tenant(DEMO_TENANT));
    let guest = Buyer { api: guest, user: UserId::new(clock::fresh_id()) };
    let staff = Buyer { api: world.tenant_staff(), user: staff_of(DEMO_TENANT) };
    let as_guest = write_units(&world, &meter, &guest, None, "a guest's order").await;
    let with_keys =
        write_units(&world, &meter, &guest, Some("guest"), "a guest's order, with idempotency keys").await;
    let as_user = write_units(&world, &meter, &user, None, "a signed-in user's order").await;
    let as_staff = write_units(&world, &meter, &staff, None, "an order of staff").await;
    assert!(as_guest.order > 0.0 && as_guest.order <= BUDGET + CAP + COUNT, "{}", as_guest.order);
    assert!(with_keys.order <= BUDGET + CAP + COUNT + KEYS, "{}", with_keys.order);
    assert!(as_user.order <= BUDGET + CAP + OWNED, "{}", as_user.order);
    assert!(as_staff.order <= BUDGET + OWNED, "{}", as_staff.order);
    for spent in [as_guest, as_user, as_staff] {
        assert!(spent.dollars <= DOLLARS, "{}", spent.dollars);
    }
    let keys = KEYS * DOLLARS_PER_MILLION;
    assert!(with_keys.dollars <= DOLLARS + keys, "{}", with_keys.dollars);
}
