//! What must be true once everything is settled, whatever died meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use contract::Openapi;
use domain::order::OrderStatus;
use domain::payment::PaymentStatus;
use domain::time::DAY_MS;
use e2e::{Books, Received, Receiver, World};
use platform::clock;
use serde_json::Value;
use store::OrderCollection;
use store::work::Kind;

use crate::crash::shop::{Shop, What};

/// A path of the receiver and the events that it hears of.
pub(crate) type Hook = (&'static str, &'static [&'static str]);

/// Type of event and what it is about → how often it must have happened, each time under one id of its own.
type Events = BTreeMap<(String, String), usize>;

/// `Err` says what is not settled yet, or wrong.
pub(crate) async fn judge(
    world: &World,
    shop: &Shop,
    receiver: &Receiver,
    hooks: &[Hook],
) -> Result<(), String> {
    nothing_is_left_to_do(world).await?;
    let (books, received) = (Books::read(world).await, receiver.received());
    books.assert_agree();
    if let Some(difference) = e2e::miscounted_of(world, &books).await {
        return Err(difference);
    }
    what_was_told_is_there(world, shop).await?;
    every_copy_is_the_same(&received)?;
    for (path, events) in hooks {
        let hears = |event: &str| events.contains(&"*") || events.contains(&event);
        every_event_arrived(expected(&books, shop, hears), &at(&received, path))?;
    }
    every_request_has_one_result(&books, &at(&received, "/callbacks"))
}

async fn nothing_is_left_to_do(world: &World) -> Result<(), String> {
    let far = clock::now().plus_ms(30 * DAY_MS);
    let mut left = world.store.work_due(Kind::Operation, far, 100).await.unwrap().len();
    for is_sent in [true, false] {
        left += world.store.deliveries_due(is_sent, far, 100).await.rows.len();
    }
    left += world.store.recoveries_due(far, 100).await.unwrap().rows.len();
    if left == 0 {
        Ok(())
    } else {
        Err(format!("{left} operations, deliveries and recoveries are not finished"))
    }
}

/// Every resource that a client was told of exists, and stands where the client was told it stands.
async fn what_was_told_is_there(world: &World, shop: &Shop) -> Result<(), String> {
    let staff = world.tenant_staff();
    let get = async |path: String| {
        let reply = staff.get(&path).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(format!("{path} is {}", reply.status)) }
    };
    for (ask, answer) in &shop.told {
        let id = answer["id"].as_str().unwrap_or_default();
        match ask.what {
            What::Pet => drop(get(format!("/v1/pets/{id}")).await?),
            What::Doomed | What::Replace => {}
            What::Remove => assert_eq!(staff.get(&ask.path).await.status, 404),
            What::Order => drop(get(format!("/v1/orders/{id}")).await?),
            What::User => drop(get(format!("/v1/users/{id}")).await?),
            What::Endpoint => drop(get(format!("/v1/webhooks/{id}")).await?),
            What::Callback => {
                let id = answer["requestId"].as_str().unwrap_or_default();
                get(format!("{}/callbacks/{id}", ask.path)).await?;
            }
            What::Payment => {
                let payments = get(format!("{}s", ask.path)).await?;
                let is_there = payments["data"].as_array().unwrap().iter().any(|payment| payment["id"] == id);
                assert!(is_there, "{answer} is not among {payments}");
            }
            What::Ship => assert_eq!(get(ask.path.clone()).await?["status"], "SHIPPED"),
            What::Image => {
                let pet = get(ask.path.replace("/images", "")).await?;
                let photos: Vec<_> = pet["photos"].as_array().unwrap().iter().collect();
                let [photo] = photos.as_slice() else { panic!("{pet} has not one photo") };
                let path = photo.as_str().unwrap().split_once("/v1/photos/").unwrap().1;
                get(format!("/v1/photos/{path}")).await?;
            }
            What::Cancel => assert_eq!(get(ask.path.clone()).await?["status"], "CANCELLED"),
        }
    }
    Ok(())
}

/// Copies of one message to one receiver carry the same bytes, and their id is the one in the body.
fn every_copy_is_the_same(received: &[Received]) -> Result<(), String> {
    let mut bodies = BTreeMap::new();
    for copy in received {
        let (id, body) = (copy.header("webhook-id").to_owned(), copy.json());
        let named = if body["eventId"].is_null() { &body["requestId"] } else { &body["eventId"] };
        assert_eq!(*named, id);
        let first = bodies.entry((copy.path.as_str(), id)).or_insert_with(|| copy.body.clone());
        assert_eq!(*first, copy.body);
        match body["eventType"].as_str() {
            Some(event_type) => Openapi::shared()?.check_webhook(event_type, &copy.body)?,
            None => Openapi::shared()?.check_callback(&copy.body)?,
        }
    }
    Ok(())
}

fn every_event_arrived(expected: Events, received: &[&Received]) -> Result<(), String> {
    let mut arrived: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for copy in received {
        arrived.entry(told(&copy.json())).or_default().insert(copy.header("webhook-id"));
    }
    let arrived: Events = arrived.into_iter().map(|(event, ids)| (event, ids.len())).collect();
    let differs = |(event, count): &(&(String, String), &usize)| arrived.get(*event) != Some(*count);
    if let Some((event, count)) = expected.iter().find(differs) {
        return Err(format!("{event:?} arrived {:?} times, not {count}", arrived.get(event)));
    }
    let strange: Vec<_> = arrived.keys().filter(|event| !expected.contains_key(*event)).collect();
    assert!(strange.is_empty(), "these arrived and never happened: {strange:?}");
    Ok(())
}

fn expected(books: &Books, shop: &Shop, hears: impl Fn(&str) -> bool) -> Events {
    let mut events = Events::new();
    let mut add = |event: &str, about: String| {
        if hears(event) {
            *events.entry((event.to_owned(), about)).or_default() += 1;
        }
    };
    for OrderCollection { order, payments, .. } in &books.orders {
        for entry in &order.timeline {
            match entry.status {
                OrderStatus::Placed => add("order.created", order.id.to_string()),
                status => add("order.statusChanged", format!("{} {status}", order.id)),
            }
            match entry.status {
                OrderStatus::Placed => add("pet.statusChanged", format!("{} PENDING", order.pet_id)),
                OrderStatus::Approved => add("pet.statusChanged", format!("{} ADOPTED", order.pet_id)),
                OrderStatus::Cancelled => add("pet.statusChanged", format!("{} AVAILABLE", order.pet_id)),
                _ => {}
            }
        }
        for payment in payments {
            match payment.status {
                PaymentStatus::Failed => add("payment.failed", payment.id.to_string()),
                _ => add("payment.succeeded", payment.id.to_string()),
            }
            if payment.status == PaymentStatus::Cancelled {
                add("payment.refunded", payment.id.to_string());
            }
        }
    }
    for (ask, answer) in shop.told.iter().filter(|(ask, _)| ask.what == What::Replace) {
        assert_eq!(answer["status"], ask.body["status"]);
        add("pet.statusChanged", format!("{} NOT_AVAILABLE", e2e::id(answer)));
    }
    events
}

/// What a webhook is about, in the words of [`expected`].
fn told(body: &Value) -> (String, String) {
    let (event, data) = (body["eventType"].as_str().unwrap_or_default(), &body["data"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let about = match event {
        "order.created" => text(&data["order"]["id"]),
        "order.statusChanged" => format!("{} {}", text(&data["order"]["id"]), text(&data["newStatus"])),
        "pet.statusChanged" => format!("{} {}", text(&data["petId"]), text(&data["newStatus"])),
        _ => text(&data["payment"]["id"]),
    };
    (event.to_owned(), about)
}

/// What is settled was delivered, with what it was settled with; what is not was not.
fn every_request_has_one_result(books: &Books, received: &[&Received]) -> Result<(), String> {
    for OrderCollection { order, callbacks, .. } in &books.orders {
        for request in callbacks {
            let id = request.id.to_string();
            let copy = received.iter().find(|copy| copy.header("webhook-id") == id);
            match (&request.settlement, copy) {
                (None, None) if order.status == OrderStatus::Placed => {}
                (None, None) => return Err(format!("{id} is not settled")),
                (None, Some(copy)) => panic!("{id} is not settled, but {} was told", copy.json()),
                (Some(_), None) => return Err(format!("the result of {id} did not arrive")),
                (Some(settlement), Some(copy)) => {
                    assert_eq!(copy.json()["status"], settlement.status.as_str());
                    assert_eq!(copy.json()["result"], serde_json::to_value(&settlement.result).unwrap());
                }
            }
        }
    }
    Ok(())
}

fn at<'a>(received: &'a [Received], path: &str) -> Vec<&'a Received> {
    received.iter().filter(|received| received.path == path).collect()
}
