//! Guessing the code that somebody's device shows (RFC 8628 section 5.1): five wrong ones of an address, and it waits.

use domain::time::MINUTE_MS;
use domain::{Result, Scope};

use super::address::subscriber;
use super::{Bucket, Limits, refusal};
use crate::request::Request;

/// Over what time guesses are counted.
const WINDOW_MS: i64 = 15 * MINUTE_MS;
const WINDOW: &str = "15 minutes";

/// One admitted try at a device's code, which counts as a wrong one until it is [`right`](Self::right): so many at once
/// are as many as one after the other.
#[must_use]
pub struct CodeGuess<'a> {
    request: &'a Request,
    limits: Option<Limits>,
    address: String,
}

impl<'a> CodeGuess<'a> {
    /// Admits a try, before anybody looks at the code.
    ///
    /// # Errors
    /// [`domain::Error::TooMany`]; when the store fails, for what is not counted is not tried.
    pub async fn admit(request: &'a Request) -> Result<Self> {
        let (limits, address) = (request.edge().settings().limits, subscriber(&request.address));
        let guess = Self { request, limits, address };
        if let Some(limits) = limits {
            let (edge, now) = (request.edge(), request.now);
            let standing = edge.limiter().take_exactly(edge.store(), &guess.bucket(limits), now).await?;
            if standing.is_over {
                return Err(refusal(&standing, now, WINDOW));
            }
        }
        Ok(guess)
    }

    /// There is such a code: the try counts for nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn right(self) -> Result<()> {
        let Some(limits) = self.limits else { return Ok(()) };
        let edge = self.request.edge();
        edge.limiter().give_back(edge.store(), &self.bucket(limits), self.request.now).await
    }

    /// Codes are of all pools.
    fn bucket(&self, limits: Limits) -> Bucket<'_> {
        Bucket {
            name: "wrong-codes",
            limit: limits.wrong_codes,
            window_ms: WINDOW_MS,
            scope: Scope::Shared,
            subject: &self.address,
        }
    }
}
