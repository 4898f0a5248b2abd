//! How many deliveries may be sent in a window of time, over all environments: an endpoint's own rate a second, and the
//! first tries that guests' callbacks may make at one host in a minute, for nobody asked that host.
//!
//! An environment leases a tenth of a window's deliveries at once from a common row, so that ten writes serve a window
//! however many deliveries it has. What it leased and did not use in that window is lost: with few environments the
//! rate is met within a tenth. What it admits gets a ticket for that window, and is sent with one whose window is not
//! over: no window ever sees more sends begin than its rate. Windows are those of the clock, so a span that lies across
//! the end of one may see as many as both have; and how long a send takes to arrive is the network's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::delivery::{Delivery, Target};
use domain::time::{MINUTE_MS, SECOND_MS};
use domain::{Result, Scope, Timestamp};
use platform::clock;

use crate::App;
use crate::admission::Admission;
use crate::receiver::Receiver;

/// First tries of guests' callbacks at one host in a minute, over all pools.
const GUESTS_PER_MINUTE: u32 = 60;

/// How often one delivery may miss its window before it waits like others.
const TICKETS_MAX: u32 = 3;

/// What this environment may still send, by what is counted. Cheap to clone; clones share the leases.
#[derive(Clone, Debug, Default)]
pub struct Leases(Arc<Mutex<HashMap<String, Lease>>>);

#[derive(Clone, Copy, Debug)]
struct Lease {
    /// When the window ends.
    ends: Timestamp,
    left: u32,
    /// Whether the window has no more.
    is_over: bool,
}

/// So many deliveries in a window.
struct Rate {
    /// What is counted.
    id: String,
    scope: Scope,
    max: u32,
    window_ms: i64,
}

impl Rate {
    fn of(delivery: &Delivery, receiver: &Receiver) -> Option<Self> {
        match (&receiver.endpoint, &delivery.target) {
            (Some(endpoint), _) => Some(Self {
                id: endpoint.id.to_string(),
                scope: endpoint.scope,
                max: endpoint.rate?,
                window_ms: SECOND_MS,
            }),
            (None, Target::Callback { caller: None, .. }) if delivery.attempt == 1 => Some(Self {
                id: format!("guests-{}", receiver.url.host()),
                scope: Scope::Shared,
                max: GUESTS_PER_MINUTE,
                window_ms: MINUTE_MS,
            }),
            _ => None,
        }
    }

    /// How many are leased at once.
    fn share(&self) -> u32 {
        (self.max / 10).max(1)
    }
}

/// Leave to send until a window ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    /// `None` for what has no rate.
    ends: Option<Timestamp>,
}

impl Ticket {
    fn is_good(self, at: Timestamp) -> bool {
        self.ends.is_none_or(|ends| at < ends)
    }
}

/// Whether the delivery may be sent in this window; if not, when the window ends.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn admit(app: &App, delivery: &Delivery, receiver: &Receiver) -> Result<Admission<Ticket>> {
    let Some(rate) = Rate::of(delivery, receiver) else {
        return Ok(Admission::Passes(Ticket { ends: None }));
    };
    let now = clock::now();
    let ends = now.window_end(rate.window_ms);
    let admitted = match app.leases.take(&rate.id, ends) {
        Some(admitted) => admitted,
        None => {
            let begins = ends.plus_ms(-rate.window_ms);
            let total = app.store.deliveries_counted(rate.scope, &rate.id, begins, rate.share()).await?;
            app.leases.granted(&rate, ends, total, now)
        }
    };
    Ok(if admitted { Admission::Passes(Ticket { ends: Some(ends) }) } else { Admission::Waits(ends) })
}

/// When the delivery is sent: now, on its ticket, or on another where what came in between outlasted its window.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn depart(
    app: &App,
    delivery: &Delivery,
    receiver: &Receiver,
    mut ticket: Ticket,
) -> Result<Admission<Timestamp>> {
    for _ in 0..TICKETS_MAX {
        let at = clock::now();
        if ticket.is_good(at) {
            return Ok(Admission::Passes(at));
        }
        ticket = match admit(app, delivery, receiver).await? {
            Admission::Passes(another) => another,
            Admission::Waits(until) => return Ok(Admission::Waits(until)),
        };
    }
    Ok(Admission::Waits(clock::now()))
}

/// Takes back the ticket of a delivery that is not sent after all; others may go with it, here and in its window.
pub(crate) fn give_back(app: &App, delivery: &Delivery, receiver: &Receiver, ticket: Ticket) {
    if let (Some(rate), Some(ends)) = (Rate::of(delivery, receiver), ticket.ends) {
        app.leases.give_back(&rate.id, ends);
    }
}

impl Leases {
    fn give_back(&self, id: &str, ends: Timestamp) {
        if let Some(lease) = self.lock().get_mut(id).filter(|lease| lease.ends == ends) {
            lease.left += 1;
        }
    }

    /// Whether one more may go; `None` when a new lease is needed to tell.
    fn take(&self, id: &str, ends: Timestamp) -> Option<bool> {
        let mut leases = self.lock();
        let lease = leases.get_mut(id).filter(|lease| lease.ends == ends)?;
        match lease.left {
            0 if lease.is_over => Some(false),
            0 => None,
            left => {
                lease.left = left - 1;
                Some(true)
            }
        }
    }

    /// Keeps what a new lease brought when the window's count is `total` with it; whether one may go at once.
    fn granted(&self, rate: &Rate, ends: Timestamp, total: u64, now: Timestamp) -> bool {
        let over = total.saturating_sub(u64::from(rate.max));
        let granted = rate.share().saturating_sub(u32::try_from(over).unwrap_or(u32::MAX));
        let mut leases = self.lock();
        leases.retain(|_, old| old.ends > now);
        let new = Lease { ends, left: 0, is_over: false };
        let lease = leases.entry(rate.id.clone()).or_insert(new);
        if lease.ends != ends {
            *lease = new;
        }
        lease.left += granted.saturating_sub(1);
        lease.is_over |= granted < rate.share();
        granted > 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{Scope, Timestamp};
    use proptest::prelude::*;

    use super::{Leases, Rate};

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn rate(max: u32) -> Rate {
        Rate { id: "one".to_owned(), scope: Scope::Shared, max, window_ms: 1_000 }
    }

    /// Asks `environments` in turns for one delivery each, `asked` times in all; how many may go, and how many leases
    /// that took.
    fn ask(max: u32, environments: usize, asked: usize) -> (u32, u64) {
        let (rate, ends) = (rate(max), NOW.plus_ms(1_000));
        let all: Vec<_> = (0..environments).map(|_| Leases::default()).collect();
        let (mut may_go, mut total, mut leases) = (0, 0, 0);
        for environment in all.iter().cycle().take(asked) {
            let admitted = environment.take(&rate.id, ends).unwrap_or_else(|| {
                (total, leases) = (total + u64::from(rate.share()), leases + 1);
                environment.granted(&rate, ends, total, NOW)
            });
            may_go += u32::from(admitted);
        }
        (may_go, leases)
    }

    proptest! {
        #[test]
        fn a_rate_is_never_exceeded_and_met_when_enough_is_asked(max in 1..=1_000_u32, environments in 1..=8_usize) {
            let (may_go, leases) = ask(max, environments, 3_000);
            prop_assert_eq!(may_go, max);
            let bound = 20 + u64::try_from(environments).unwrap();
            prop_assert!(leases <= bound, "{} leases", leases);
        }
    }

    #[test]
    fn a_window_knows_nothing_of_the_one_before() {
        let (leases, rate) = (Leases::default(), rate(10));
        let (first, second) = (NOW.plus_ms(1_000), NOW.plus_ms(2_000));
        assert!(leases.granted(&rate, first, 10, NOW));
        assert!(!leases.granted(&rate, first, 11, NOW));
        assert_eq!(leases.take(&rate.id, first), Some(false));
        assert_eq!(leases.take(&rate.id, second), None);
        assert!(leases.granted(&rate, second, 1, NOW.plus_ms(500)));
        assert_eq!(leases.take(&rate.id, second), None, "its one is used");
        leases.give_back(&rate.id, first);
        assert_eq!(leases.take(&rate.id, second), None, "one of another window is worth nothing");
        leases.give_back(&rate.id, second);
        assert_eq!(leases.take(&rate.id, second), Some(true));
    }
}
