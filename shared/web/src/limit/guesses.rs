//! Guessing passwords: slowed down per address and per user, without locking the user out.
//!
//! An address may send so many wrong passwords, whosever they should be. A user's password may be tried so often by all
//! addresses together; but whoever signed in from an address before is not among them, and has tries of their own
//! there. So a stranger who keeps guessing locks out other strangers, not the user at home
//! (`docs/adr/0020-passwords-and-guessing.md`).

use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Result, Scope};

use super::address::subscriber;
use super::{Bucket, Limits, refusal};
use crate::request::Request;

/// Over what time guesses are counted.
const WINDOW_MS: i64 = 15 * MINUTE_MS;
const WINDOW: &str = "15 minutes";
/// How long an address is known at most.
const KNOWN_MS: i64 = 30 * DAY_MS;

/// One admitted try at a password. Say how it ended.
#[must_use]
pub struct Guess<'a> {
    request: &'a Request,
    limits: Option<Limits>,
    address: String,
    /// The user at this address.
    here: String,
}

impl<'a> Guess<'a> {
    /// Admits a try at the password of whoever is called `name`, in lower case.
    ///
    /// # Errors
    /// [`domain::Error::TooMany`]; when the store fails.
    pub async fn admit(request: &'a Request, name: &str) -> Result<Self> {
        let address = subscriber(&request.address);
        let here = format!("{name}\n{address}");
        let guess = Self { request, limits: request.edge().settings().limits, address, here };
        if let Some(limits) = guess.limits {
            guess.look(&guess.wrong_here(limits))?;
            guess.count(limits, name).await?;
        }
        Ok(guess)
    }

    /// The password was right: this address is one of the user's from now on.
    pub async fn right(self) {
        if self.limits.is_some() {
            let edge = self.request.edge();
            edge.limiter().take(edge.store(), self.known(), self.request.now).await;
        }
    }

    /// The password was wrong.
    pub async fn wrong(self) {
        if let Some(limits) = self.limits {
            let edge = self.request.edge();
            edge.limiter().take(edge.store(), self.wrong_here(limits), self.request.now).await;
        }
    }

    /// Counts the try among the strangers', or where there are too many of them, among the user's own.
    async fn count(&self, limits: Limits, name: &str) -> Result<()> {
        let (edge, now) = (self.request.edge(), self.request.now);
        let bucket = |subject| self.bucket("password-tries", limits.tries, subject);
        let strangers = edge.limiter().take(edge.store(), bucket(name), now).await;
        if !strangers.is_over {
            return Ok(());
        }
        if !edge.limiter().is_counted(edge.store(), &self.known(), now).await? {
            return Err(refusal(&strangers, now, WINDOW));
        }
        let own = edge.limiter().take(edge.store(), bucket(&self.here), now).await;
        if own.is_over { Err(refusal(&own, now, WINDOW)) } else { Ok(()) }
    }

    fn look(&self, bucket: &Bucket<'_>) -> Result<()> {
        let standing = self.request.edge().limiter().look(bucket, self.request.now);
        if standing.is_over { Err(refusal(&standing, self.request.now, WINDOW)) } else { Ok(()) }
    }

    fn bucket<'b>(&self, name: &'b str, limit: u32, subject: &'b str) -> Bucket<'b> {
        Bucket { name, limit, window_ms: WINDOW_MS, scope: self.request.caller.scope, subject }
    }

    /// Wrong passwords of the address, in all pools.
    fn wrong_here(&self, limits: Limits) -> Bucket<'_> {
        let bucket = self.bucket("wrong-passwords", limits.wrong_passwords, &self.address);
        Bucket { scope: Scope::Shared, ..bucket }
    }

    /// Counted at most once: whether the user signed in from this address.
    fn known(&self) -> Bucket<'_> {
        Bucket { window_ms: KNOWN_MS, ..self.bucket("known-address", 1, &self.here) }
    }
}
