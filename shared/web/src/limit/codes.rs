//! Guessing the code that somebody's device shows (RFC 8628 section 5.1): five wrong ones of an address, and it waits.

use domain::time::MINUTE_MS;
use domain::{Result, Scope};

use super::address::subscriber;
use super::{Bucket, Limits, refusal};
use crate::request::Request;

/// Over what time guesses are counted.
const WINDOW_MS: i64 = 15 * MINUTE_MS;
const WINDOW: &str = "15 minutes";

/// One admitted try at a device's code. Say when it was wrong.
#[must_use]
pub struct CodeGuess<'a> {
    request: &'a Request,
    limits: Option<Limits>,
    address: String,
}

impl<'a> CodeGuess<'a> {
    /// Admits a try.
    ///
    /// # Errors
    /// [`domain::Error::TooMany`].
    pub fn admit(request: &'a Request) -> Result<Self> {
        let (limits, address) = (request.edge().settings().limits, subscriber(&request.address));
        let guess = Self { request, limits, address };
        if let Some(limits) = limits {
            let standing = request.edge().limiter().look(&guess.bucket(limits), request.now);
            if standing.is_over {
                return Err(refusal(&standing, request.now, WINDOW));
            }
        }
        Ok(guess)
    }

    /// There is no such code.
    pub async fn wrong(self) {
        if let Some(limits) = self.limits {
            let edge = self.request.edge();
            edge.limiter().take(edge.store(), self.bucket(limits), self.request.now).await;
        }
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
