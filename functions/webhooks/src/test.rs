//! `POST /v1/webhooks/{id}/test`: one delivery of `webhook.test`, through everything that a real one goes through.

use domain::delivery::{Delivery, Due};
use domain::event::Event;
use domain::id::EventId;
use domain::retry::Schedule;
use domain::time::MINUTE_MS;
use domain::webhook::EndpointStatus;
use domain::{Error, Quota, Result, Timestamp};
use platform::clock;
use web::{Answer, Request};

use crate::App;
use crate::endpoint::load;
use crate::view::DeliveryView;

/// Tests of one endpoint in one minute.
const TESTS_PER_MINUTE: u64 = 5;

pub(crate) async fn test(app: &App, request: &Request) -> Result<Answer> {
    let endpoint = load(app, request).await?;
    if endpoint.status != EndpointStatus::Enabled {
        return Err(Error::conflict("endpoint_disabled", "The endpoint is switched off."));
    }
    let reset = request.now.window_end(MINUTE_MS);
    let name = format!("test-{}", endpoint.id);
    if app.store.count_add(endpoint.scope, &name, reset, 1).await? > TESTS_PER_MINUTE {
        return Err(refusal(reset, request.now));
    }
    let event = Event::test(EventId::new(clock::fresh_id()), &endpoint, request.now);
    let body = event.render().map_err(|error| Error::internal("event body", error))?;
    let due = Due::scheduled(request.now);
    let delivery = Delivery {
        schedule: Schedule::once(),
        ..Delivery::webhook(&event, &endpoint, body, due, request.now)
    };
    if app.store.delivery_create(&delivery).await? != store::Commit::Done {
        return Err(Error::fault("a fresh event id is taken"));
    }
    let location = format!("/v1/deliveries/{}", delivery.id);
    Ok(Answer::accepted(location, DeliveryView::of(&delivery, endpoint.owner)))
}

fn refusal(reset: Timestamp, now: Timestamp) -> Error {
    let detail = format!("At most {TESTS_PER_MINUTE} tests a minute.");
    Error::exhausted("endpoint_tests_exceeded", detail, Quota { limit: TESTS_PER_MINUTE, reset }, now)
}
