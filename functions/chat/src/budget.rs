//! Tokens a day, per user and per pool, counted in the table that all processes share.
//!
//! What an answer may cost at most is reserved before the provider is asked, and what it did not cost is given back
//! when it is done. So requests at the same time cannot overspend together; an answer for which not all is left is cut
//! short. A process that dies in between gives nothing back, nor does a client that hangs up while its tokens are being
//! reserved: the user has a little less that day.

use domain::id::UserId;
use domain::time::DAY_MS;
use domain::{Error, Quota, Result, Scope, Timestamp};
use platform::config::{self, ConfigError};
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

    /// How many of `answer` tokens fit, where user and pool stand after reserving them all.
    ///
    /// # Errors
    /// The limit that leaves not one.
    fn left(self, (by_user, by_pool): (u64, u64), answer: u32) -> std::result::Result<u32, u64> {
        let user = u64::from(self.user);
        let of_user = fitting(answer, by_user, user)?;
        Ok(of_user.min(fitting(answer, by_pool, user * POOL_FACTOR)?))
    }
}

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
        let Some(budget) = app.budget else { return Ok((Self { held: None, spent: 0 }, answer)) };
        let reset = Timestamp::from_ms((now.as_ms().div_euclid(DAY_MS) + 1) * DAY_MS);
        let ids = [format!("chat-{user}"), "chat".to_owned()];
        let reserved = prompt.saturating_add(answer);
        let add = |id| app.store.count_add(scope, id, reset, reserved.into());
        let (Ok(by_user), Ok(by_pool)) = futures_util::future::join(add(&ids[0]), add(&ids[1])).await else {
            // As with rate limits: a table that cannot be written refuses nobody.
            tracing::warn!("a chat was not counted");
            return Ok((Self { held: None, spent: 0 }, answer));
        };
        let held = Held { store: app.store.clone(), scope, ids, reset, prompt, reserved };
        let hold = Self { held: Some(held), spent: 0 };
        match budget.left((by_user, by_pool), answer) {
            Ok(left) => Ok((hold, left)),
            Err(limit) => {
                hold.settle(0).await;
                Err(spent(Quota { limit, reset }, now))
            }
        }
    }

    /// Counts more tokens of the answer.
    pub(crate) fn spend(&mut self, tokens: u32) {
        self.spent = self.spent.saturating_add(tokens);
    }

    /// Tokens of the answer so far.
    pub(crate) const fn spent(&self) -> u32 {
        self.spent
    }

    /// Gives back what was reserved beyond `used` tokens.
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
    async fn settle(self, used: u32) {
        let back = self.reserved.saturating_sub(used);
        let take = |id| self.store.count_take_back(self.scope, id, self.reset, back.into());
        let (user, pool) = futures_util::future::join(take(&self.ids[0]), take(&self.ids[1])).await;
        for error in [user.err(), pool.err()].into_iter().flatten() {
            tracing::warn!(%error, "tokens of a chat were not given back");
        }
    }
}

fn spent(quota: Quota, now: Timestamp) -> Error {
    let detail = "the tokens for today are used up; the day begins anew at midnight UTC";
    Error::exhausted("chat_budget_spent", detail, quota, now)
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn an_answer_gets_what_is_left() {
        let budget = Budget { user: 1_000 };
        assert_eq!(budget.left((1_000, 1_000), 100), Ok(100));
        assert_eq!(budget.left((1_040, 1_040), 100), Ok(60));
        assert_eq!(budget.left((1_099, 1_099), 100), Ok(1));
        assert_eq!(budget.left((1_100, 1_100), 100), Err(1_000));
        assert_eq!(budget.left((u64::MAX, 0), 100), Err(1_000));
    }

    #[test]
    fn a_pool_has_a_budget_too() {
        let budget = Budget { user: 1_000 };
        assert_eq!(budget.left((50, 20_010), 100), Ok(90));
        assert_eq!(budget.left((50, 20_100), 100), Err(20_000));
    }
}
