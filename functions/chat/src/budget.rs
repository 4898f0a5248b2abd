//! Tokens a day, per user and per pool, counted in the table that all processes share.
//!
//! What an answer may cost at most, as far as we can guess it, is reserved before the provider is asked; when it is done,
//! what it did not cost is given back, and what it cost beyond that is counted too. So requests at the same time cannot
//! overspend together but by how wrong the guess was; an answer for which not all is left is cut short. A process that
//! dies in between gives nothing back, nor does a client that hangs up while its tokens are being reserved: the user has a
//! little less that day.

use domain::id::UserId;
use domain::time::DAY_MS;
use domain::{Error, Quota, Result, Scope, Timestamp};
use platform::config::{self, ConfigError};
use platform::telemetry::Chain;
use store::Store;

use crate::App;

/// Tokens of a pool's day for one of a user's.
const POOL_FACTOR: u64 = 20;

/// How many tokens may be used in a day (UTC), questions and answers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// By one user.
    pub user: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { user: 50_000 }
    }
}

impl Budget {
    /// `CHAT_BUDGET`: tokens a day of one user, or `off`.
    ///
    /// # Errors
    /// [`ConfigError`] naming the variable.
    pub fn from_env() -> std::result::Result<Option<Self>, ConfigError> {
        let text = config::required("CHAT_BUDGET")?;
        if text == "off" {
            return Ok(None);
        }
        let user = text.parse().ok().filter(|tokens| *tokens > 0);
        user.map(|user| Some(Self { user }))
            .ok_or_else(|| ConfigError::invalid("CHAT_BUDGET", "must be off or at least 1"))
    }

    /// Tokens a day of a user, and of a pool.
    fn limits(self) -> [u64; 2] {
        [u64::from(self.user), u64::from(self.user) * POOL_FACTOR]
    }
}

/// How many of `answer` tokens fit under `limit`, where `reserved` holds them all.
///
/// # Errors
/// The limit, when it leaves not one.
fn fitting(answer: u32, reserved: u64, limit: u64) -> std::result::Result<u32, u64> {
    let over = u32::try_from(reserved.saturating_sub(limit)).unwrap_or(u32::MAX);
    answer.checked_sub(over).filter(|left| *left > 0).ok_or(limit)
}

/// What a conversation has reserved, and what of it is spent. Dropped, as when a client hangs up, it gives the rest back.
pub(crate) struct Hold {
    held: Option<Held>,
    spent: u32,
}

struct Held {
    store: Store,
    scope: Scope,
    ids: [String; 2],
    /// How many of `ids` hold the reservation.
    counted: usize,
    reset: Timestamp,
    prompt: u32,
    reserved: u32,
}

impl Hold {
    /// Reserves `prompt` and up to `answer` tokens for `user`, and says how many of the latter the answer may have.
    ///
    /// # Errors
    /// [`Error::TooMany`] when nothing is left for an answer.
    pub(crate) async fn reserve(
        app: &App,
        (scope, user): (Scope, UserId),
        (prompt, answer): (u32, u32),
        now: Timestamp,
    ) -> Result<(Self, u32)> {
        let Some(budget) = app.budget else { return Ok((Self::unlimited(), answer)) };
        let reset = Timestamp::from_ms((now.as_ms().div_euclid(DAY_MS) + 1) * DAY_MS);
        let ids = [format!("chat-{user}"), "chat".to_owned()];
        let (reserved, mut left) = (prompt.saturating_add(answer), answer);
        let mut held = Held { store: app.store.clone(), scope, ids, counted: 0, reset, prompt, reserved };
        // The user first: who has nothing left takes nothing from the pool, not even for a moment.
        for limit in budget.limits() {
            let sum = match held.count().await {
                Ok(sum) => sum,
                Err(error) => {
                    // As with rate limits: a table that cannot be written refuses nobody.
                    tracing::warn!(error = %Chain(&error), "a chat was not counted");
                    held.settle(0).await;
                    return Ok((Self::unlimited(), answer));
                }
            };
            match fitting(answer, sum, limit) {
                Ok(fits) => left = left.min(fits),
                Err(limit) => {
                    held.settle(0).await;
                    return Err(spent(Quota { limit, reset }, now));
                }
            }
        }
        Ok((Self { held: Some(held), spent: 0 }, left))
    }

    const fn unlimited() -> Self {
        Self { held: None, spent: 0 }
    }

    /// Counts more tokens of the answer.
    pub(crate) fn spend(&mut self, tokens: u32) {
        self.spent = self.spent.saturating_add(tokens);
    }

    /// Tokens of the answer so far.
    pub(crate) const fn spent(&self) -> u32 {
        self.spent
    }

    /// Counts `used` tokens in place of those that were reserved.
    pub(crate) async fn settle(mut self, used: u32) {
        if let Some(held) = self.held.take() {
            held.settle(used).await;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let used = held.prompt.saturating_add(self.spent);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(held.settle(used));
        }
    }
}

impl Held {
    /// Reserves under the next id, and answers the sum there.
    async fn count(&mut self) -> Result<u64> {
        let id = &self.ids[self.counted];
        let sum = self.store.count_add(self.scope, id, self.reset, self.reserved.into()).await?;
        self.counted += 1;
        Ok(sum)
    }

    async fn settle(self, used: u32) {
        let settled = self.ids[..self.counted].iter().map(|id| self.settle_one(id, used));
        for error in futures_util::future::join_all(settled).await.into_iter().filter_map(Result::err) {
            tracing::warn!(error = %Chain(&error), "tokens of a chat were not settled");
        }
    }

    async fn settle_one(&self, id: &str, used: u32) -> Result<()> {
        let (store, scope, reset) = (&self.store, self.scope, self.reset);
        match used.checked_sub(self.reserved) {
            Some(beyond) => store.count_add(scope, id, reset, beyond.into()).await.map(drop),
            None => store.count_take_back(scope, id, reset, (self.reserved - used).into()).await,
        }
    }
}

fn spent(quota: Quota, now: Timestamp) -> Error {
    let detail = "the tokens for today are used up; the day begins anew at midnight UTC";
    Error::exhausted("chat_budget_spent", detail, quota, now)
}

#[cfg(test)]
mod tests {
    use super::{Budget, fitting};

    #[test]
    fn an_answer_gets_what_is_left() {
        assert_eq!(fitting(100, 1_000, 1_000), Ok(100));
        assert_eq!(fitting(100, 1_040, 1_000), Ok(60));
        assert_eq!(fitting(100, 1_099, 1_000), Ok(1));
        assert_eq!(fitting(100, 1_100, 1_000), Err(1_000));
        assert_eq!(fitting(100, u64::MAX, 1_000), Err(1_000));
    }

    #[test]
    fn a_pool_has_a_budget_of_twenty_users() {
        assert_eq!(Budget { user: 1_000 }.limits(), [1_000, 20_000]);
    }
}
