//! One message: take → admit → claim → depart → send → record → schedule.

use aws_lambda_events::sqs::SqsMessage;
use domain::delivery::{Attempt, Delivery, Next, TryOutcome};
use domain::event::Event;
use domain::retry::Jitter;
use domain::webhook::Endpoint;
use domain::{Result, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use queue::{DeliveryMessage, Outgoing, QueueName};
use store::Commit;

use crate::App;
use crate::admission::Admission;
use crate::breakers::{self, Pass, Shut};
use crate::client::{Answer, Outcome};
use crate::hand_back::{HOPS_MAX, HeldBack};
use crate::lanes::Slot;
use crate::load::Loaded;
use crate::rate::Ticket;
use crate::receiver::{Destination, Receiver};
use crate::{health, operational, rate, sign, unsent};

/// Works on one message. `Ok` acknowledges it.
///
/// # Errors
/// A fault of ours: DynamoDB or a key. The message comes back, and ends in the dead-letter queue.
pub(crate) async fn deliver(
    app: &App,
    loaded: &Loaded,
    held_back: &HeldBack,
    message: SqsMessage,
) -> Result<()> {
    let message = DeliveryMessage::parse(message.body.as_deref().unwrap_or_default())?;
    let Some(delivery) = loaded.take(&message)? else { return Ok(()) };
    let _at_work = app.store.at_work();
    let receiver = match loaded.destination(app, &delivery) {
        Ok(Destination::Receiver(receiver)) => receiver,
        Ok(Destination::Nowhere(unreachable)) => return unsent::end(app, delivery, unreachable).await,
        Err(error) => return unsent::fail(app, delivery, message.hops, &error).await,
    };
    let is_first = delivery.attempt == 1;
    let Some(slot) = app.lanes.enter(&receiver.lane, &receiver.origin, &receiver.owner, is_first).await
    else {
        return held_back.add(app, message, delivery).await;
    };
    let (ticket, pass) = match admit(app, &delivery, &receiver).await? {
        Passage::Open(ticket, pass) => (ticket, pass),
        Passage::Waits(until) => return held_back.until(app, message, delivery, until).await,
        Passage::Never => return unsent::expire(app, delivery, receiver.endpoint.as_ref()).await,
    };
    let Some(delivery) = claim(app, delivery, message.hops).await? else { return Ok(()) };
    let at = match rate::depart(app, &delivery, &receiver, ticket).await? {
        Admission::Passes(at) => at,
        Admission::Waits(until) => return held_back.until(app, message, delivery, until).await,
    };
    attempt(app, delivery, &receiver, slot, (pass, message.hops, at)).await
}

/// Whether a delivery may go to its receiver.
enum Passage {
    /// It may, with both.
    Open(Ticket, Pass),
    /// Not before then.
    Waits(Timestamp),
    /// It waited long enough.
    Never,
}

/// A lane that is shut is looked at first, so that whoever waits there takes nothing of a rate that others share.
async fn admit(app: &App, delivery: &Delivery, receiver: &Receiver) -> Result<Passage> {
    match breakers::shut(app, delivery, receiver).await? {
        Some(Shut { is_failing: true, .. }) if delivery.is_overdue(app.retry_scale, clock::now()) => {
            return Ok(Passage::Never);
        }
        Some(Shut { until, .. }) => return Ok(Passage::Waits(until)),
        None => {}
    }
    let ticket = match rate::admit(app, delivery, receiver).await? {
        Admission::Passes(ticket) => ticket,
        Admission::Waits(until) => return Ok(Passage::Waits(until)),
    };
    Ok(match breakers::admit(app, delivery, receiver).await? {
        Admission::Passes(pass) => Passage::Open(ticket, pass),
        Admission::Waits(until) => {
            rate::give_back(app, delivery, receiver, ticket);
            Passage::Waits(until)
        }
    })
}

/// Claims a try by a lease on the row, wherever its message may have copies: of several workers one sends.
async fn claim(app: &App, delivery: Delivery, hops: u8) -> Result<Option<Delivery>> {
    if !delivery.may_have_copies(hops) {
        return Ok(Some(delivery));
    }
    let before = delivery.due;
    let delivery = delivery.lease(clock::now());
    let commit = app.store.delivery_replace(&delivery, delivery.attempt, before).await?;
    fault::point("deliver.after_claim");
    Ok((commit == Commit::Done).then_some(delivery))
}

async fn attempt(
    app: &App,
    delivery: Delivery,
    receiver: &Receiver,
    slot: Slot,
    (pass, hops, at): (Pass, u8, Timestamp),
) -> Result<()> {
    let headers = match sign::headers(app, &delivery, receiver, at) {
        Ok(headers) => headers,
        Err(error) => return unsent::fail(app, delivery, hops, &error).await,
    };
    fault::point("deliver.before_send");
    let answer = app.client.post(&receiver.url, headers, delivery.body.clone().into()).await;
    fault::point("deliver.after_send");
    let outcome = outcome(&delivery, answer, at);
    let (health, scope) = (outcome.health(), delivery.scope);
    let changed = breakers::note(app, scope, &receiver.lane, pass, outcome.is_receivers_trouble());
    // The receiver is done with it; what is recorded now is nobody's to wait for.
    drop(slot);
    (app.observer)(&delivery, receiver.url.host(), &outcome.attempt);
    app.tally.tried(outcome.attempt.is_success());
    record(app, delivery, receiver.endpoint.as_ref(), outcome, hops).await?;
    if let Some(changed) = changed {
        breakers::tell(app, scope, &receiver.lane, changed).await?;
    }
    health::note(app, receiver, health, at).await
}

/// The outcome is recorded first; only then what follows is scheduled. A crash between leaves the row's `due`.
pub(crate) async fn record(
    app: &App,
    delivery: Delivery,
    endpoint: Option<&Endpoint>,
    outcome: TryOutcome,
    hops: u8,
) -> Result<()> {
    let (tried, lease) = (delivery.attempt, delivery.due.filter(|_| delivery.is_leased));
    let now = clock::now();
    let jitter = Jitter { random: clock::fraction(), scale: app.retry_scale };
    let (delivery, next) = delivery.record(outcome, jitter, now);
    let delivery = match next {
        // The next message would make the chain too long: the sweeper begins a new one.
        Next::RetryAt(at) if hops >= HOPS_MAX => delivery.rest(at),
        _ => delivery,
    };
    if let (Next::GiveUp, Some(endpoint)) = (next, endpoint) {
        operational::tell(app, endpoint, &Event::exhausted(endpoint, &delivery, now)).await?;
    }
    let commit = app.store.delivery_replace(&delivery, tried, lease).await?;
    fault::point("deliver.after_record");
    match (commit, next) {
        (Commit::Done, Next::RetryAt(at)) if delivery.due.is_some_and(|due| due.is_sent) => {
            schedule(app, &delivery, at, now, hops + 1).await;
            fault::point("deliver.after_schedule");
        }
        (Commit::Done, Next::GiveUp) => app.tally.gave_up(),
        (Commit::Refused(_), _) => tracing::debug!("the try was recorded by somebody else"),
        _ => {}
    }
    Ok(())
}

/// A message for the next try; one that the queue does not take is the sweeper's.
async fn schedule(app: &App, delivery: &Delivery, at: Timestamp, now: Timestamp, hops: u8) {
    let message =
        DeliveryMessage { scope: delivery.scope, delivery_id: delivery.id, attempt: delivery.attempt, hops };
    let outgoing = Outgoing::new(message, delay_secs(at, now));
    if let Err(error) = app.queues.send(QueueName::Slow, &[outgoing]).await {
        tracing::warn!(error = %Chain(&error), "the next try waits for the sweeper");
    }
}

/// Whole seconds until `at`, rounded up: never early.
pub(crate) fn delay_secs(at: Timestamp, now: Timestamp) -> u16 {
    let wait_ms = at.since_ms(now).max(0);
    u16::try_from((wait_ms + 999) / 1_000).unwrap_or(queue::DELAY_SECS_MAX).min(queue::DELAY_SECS_MAX)
}

fn outcome(delivery: &Delivery, answer: Answer, at: Timestamp) -> TryOutcome {
    let mut attempt = Attempt {
        number: delivery.attempt,
        at,
        duration_ms: answer.duration_ms,
        status: None,
        failure: None,
        answer: None,
    };
    let mut retry_after_ms = None;
    match answer.outcome {
        Outcome::Responded { status, retry_after, body, .. } => {
            attempt.status = Some(status);
            attempt.answer = (!attempt.is_success() && !body.is_empty()).then(|| text(&body));
            retry_after_ms = retry_after.map(|asked| asked.wait_ms(at));
        }
        Outcome::Failed(kind) => attempt.failure = Some(kind.as_str().to_owned()),
    }
    TryOutcome { attempt, retry_after_ms }
}

/// The text of an answer, no longer than its bytes: what is no UTF-8 would grow threefold.
fn text(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    text.truncate(text.floor_char_boundary(body.len()));
    text
}
