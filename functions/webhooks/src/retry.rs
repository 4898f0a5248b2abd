//! `POST /v1/deliveries/{id}/retry`: begins a delivery again, now. What was pending is superseded.

use domain::delivery::{Delivery, Target};
use domain::webhook::EndpointStatus;
use domain::{Error, Result};
use store::Commit;
use web::{Answer, Request};

use crate::App;
use crate::deliveries::visible;
use crate::view::DeliveryView;

pub(crate) async fn retry(app: &App, request: &Request) -> Result<Answer> {
    store::until_committed(async || {
        let (user, delivery) = visible(app, request).await?;
        refuse_while_off(app, &delivery).await?;
        let again = delivery.clone().restart(request.now, request.now)?;
        let commit = app.store.delivery_restart(&again, &delivery).await?;
        let location = format!("/v1/deliveries/{}", again.id);
        let answer = Answer::accepted(location, DeliveryView::of(&again, user));
        Ok((commit == Commit::Done).then_some(answer))
    })
    .await
}

async fn refuse_while_off(app: &App, delivery: &Delivery) -> Result<()> {
    let Target::Endpoint { id, owner } = delivery.target else { return Ok(()) };
    match app.store.endpoint_fetch(delivery.scope, owner, id).await? {
        Some(endpoint) if endpoint.status == EndpointStatus::Enabled => Ok(()),
        Some(_) => Err(Error::conflict("endpoint_disabled", "The endpoint is switched off.")),
        None => Err(Error::conflict("endpoint_deleted", "The endpoint is gone.")),
    }
}
