//! What lies ready for the sweeper: an order and a callback request whose time is over, a delivery without a message.

use domain::callback::{CallbackRequest, url_context};
use domain::caller::{Permissions, User};
use domain::delivery::{Delivery, DeliveryId, DeliveryStatus, Due, Target};
use domain::id::{EventId, OrderId, PetId, RequestId};
use domain::order::{Order, PlaceIds, PlaceOrder, place};
use domain::pet::{Pet, PetStatus, Profile, Species};
use domain::retry::Schedule;
use domain::time::{DAY_MS, HOUR_MS};
use domain::webhook::{Endpoint, Star, Subscription};
use domain::{Caller, Currency, Money, Timestamp};
use e2e::Tables;
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use store::Commit;

const TOTAL: Money = Money { amount_minor: 25_000, currency: Currency::USD };

/// An unpaid order whose reservation ends now.
pub(crate) async fn overdue_order(tables: &Tables) {
    let now = clock::now();
    write(tables, now, now).await;
}

/// An unpaid order with a callback request that may wait no longer.
pub(crate) async fn overdue_callback(tables: &Tables, url: &str) {
    let now = clock::now();
    let order = write(tables, now.plus_ms(HOUR_MS), now).await;
    let id = RequestId::new(clock::fresh_id());
    let request = CallbackRequest {
        id,
        order_id: order.id,
        scope: order.scope,
        caller: order.owner,
        amount_minor: Some(TOTAL.amount_minor),
        currency: TOTAL.currency.to_string(),
        url: tables.keys.seal(&url_context(order.scope, id), url),
        host: "127.0.0.1".to_owned(),
        fingerprint: id.to_string(),
        created_at: now,
        deadline: now,
        settlement: None,
        version: 1,
    };
    let order = order.with_callback(&request);
    let transaction = tables.store.transaction().create("callback", &request).replace("order", &order);
    assert_eq!(transaction.commit().await.unwrap(), Commit::Done);
}

/// The result of a request, which no message in any queue names.
pub(crate) async fn lost_delivery(tables: &Tables, url: &str) {
    let (now, id, order) = (clock::now(), RequestId::new(clock::fresh_id()), OrderId::new(clock::fresh_id()));
    let body = serde_json::json!({"requestId": id, "orderId": order, "status": "FAILED",
                                  "result": {"reason": "timed_out"}, "timestamp": now.as_secs().to_string()});
    let caller = Some(staff_of(DEMO_TENANT));
    let url = tables.keys.seal(&url_context(DEMO_TENANT, id), url);
    let delivery = Delivery {
        id: DeliveryId::callback(id),
        scope: DEMO_TENANT,
        target: Target::Callback { order_id: order, request_id: id, caller, url },
        event_type: None,
        order_version: None,
        body: body.to_string(),
        schedule: Schedule::standard(),
        status: DeliveryStatus::Pending,
        attempt: 1,
        is_leased: false,
        due: Some(Due { at: now, is_sent: true }),
        heals: 0,
        attempts: Vec::new(),
        chain_start: 1,
        restarted_at: None,
        ended_at: None,
        created_at: now,
    };
    assert_eq!(tables.store.delivery_create(&delivery).await.unwrap(), Commit::Done);
}

/// Lets one delivery that arrived, to the endpoint that hears of everything, have failed.
pub(crate) async fn failed_delivery(tables: &Tables) {
    let endpoints = tables.store.endpoints_fetch(DEMO_TENANT, staff_of(DEMO_TENANT)).await.unwrap().readable;
    let hears_all = |endpoint: &&Endpoint| endpoint.subscription == Subscription::All(Star::Star);
    let endpoint = endpoints.iter().find(hears_all).unwrap();
    let today = clock::now().as_ms() / DAY_MS;
    let found =
        tables.store.deliveries_of_day(DEMO_TENANT, endpoint.id.uuid(), today, None, 100).await.unwrap();
    let Some(arrived) = found.deliveries.into_iter().find(|one| one.status == DeliveryStatus::Delivered)
    else {
        return;
    };
    let failed = Delivery { status: DeliveryStatus::Failed, ..arrived.clone() };
    assert_eq!(tables.store.delivery_restart(&failed, &arrived).await.unwrap(), Commit::Done);
}

async fn write(tables: &Tables, reserved_until: Timestamp, now: Timestamp) -> Order {
    let profile = Profile {
        species: Species::ALL[0],
        name: "Max".to_owned(),
        breed: None,
        age_months: 24,
        size: None,
        color: None,
        gender: None,
        good_with_kids: None,
        price: TOTAL,
        description: None,
        photos: Vec::new(),
        medical_info: None,
    };
    let pet = Pet::take_in(PetId::new(clock::fresh_id()), DEMO_TENANT, profile, PetStatus::Available, now);
    assert_eq!(tables.store.transaction().create("pet", &pet).commit().await.unwrap(), Commit::Done);
    let user =
        User { id: staff_of(DEMO_TENANT), permissions: Permissions::all(), staff: true, is_client: false };
    let caller = Caller { scope: DEMO_TENANT, user: Some(user) };
    let ids = PlaceIds {
        order: OrderId::new(clock::fresh_id()),
        order_event: EventId::new(clock::fresh_id()),
        pet_event: EventId::new(clock::fresh_id()),
    };
    let command =
        PlaceOrder { pet_id: pet.id, user_id: None, status: None, total_amount: None, currency: None };
    let (order, pet) = place(&command, pet, &caller, ids, Some(reserved_until), now).unwrap();
    let transaction = tables.store.transaction().create("order", &order).replace("pet", &pet);
    assert_eq!(transaction.commit().await.unwrap(), Commit::Done);
    order
}
