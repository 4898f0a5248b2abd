//! `ClientRequestToken`: a transaction sent twice within ten minutes is carried out once.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use dynoxide::{DynoxideError, Result};
use serde::Serialize;

/// How long DynamoDB remembers a token.
const WINDOW: Duration = Duration::from_secs(600);

/// What was asked for, whatever the order of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn of(parts: &impl Serialize) -> Self {
        let mut hasher = DefaultHasher::new();
        // A value that is no JSON could not have been read from JSON either.
        serde_json::to_value(parts).unwrap_or_default().hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The answers of the last ten minutes.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    answers: HashMap<String, (Fingerprint, String)>,
    /// In the order in which they were given, which is that in which they are forgotten.
    given: VecDeque<(Instant, String)>,
}

impl Tokens {
    /// What `execute` answers, or answered when it was asked under the same token. What failed is not remembered.
    ///
    /// # Errors
    /// As `execute`; `IdempotentParameterMismatchException` when something else was asked under the token.
    pub(super) fn once(
        &mut self,
        asked: Option<(String, Fingerprint)>,
        now: Instant,
        execute: impl FnOnce() -> Result<String>,
    ) -> Result<String> {
        let Some((token, print)) = asked else { return execute() };
        self.forget(now);
        match self.answers.get(&token) {
            Some((earlier, answer)) if *earlier == print => return Ok(answer.clone()),
            Some(_) => return Err(mismatch()),
            None => {}
        }
        let answer = execute()?;
        self.given.push_back((now, token.clone()));
        self.answers.insert(token, (print, answer.clone()));
        Ok(answer)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((_, token)) = self.given.pop_front_if(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.answers.remove(&token);
        }
    }
}

fn mismatch() -> DynoxideError {
    let message = "An error occurred (IdempotentParameterMismatchException)";
    DynoxideError::IdempotentParameterMismatchException(message.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn once(tokens: &mut Tokens, token: &str, asked: &str, now: Instant, answer: &str) -> Result<String> {
        let asked = Fingerprint::of(&json!({ "Put": asked }));
        tokens.once(Some((token.to_owned(), asked)), now, || Ok(answer.to_owned()))
    }

    #[test]
    fn the_same_is_answered_the_same_for_ten_minutes() {
        let (mut tokens, start) = (Tokens::default(), Instant::now());
        let mut ask = |seconds, answer| {
            once(&mut tokens, "a", "x", start + Duration::from_secs(seconds), answer).unwrap()
        };
        assert_eq!([ask(0, "first"), ask(599, "second"), ask(600, "third")], ["first", "first", "third"]);
    }

    #[test]
    fn something_else_under_a_token_is_refused() {
        let (mut tokens, now) = (Tokens::default(), Instant::now());
        once(&mut tokens, "a", "x", now, "first").unwrap();
        let refused = once(&mut tokens, "a", "y", now, "second");
        assert!(matches!(refused, Err(DynoxideError::IdempotentParameterMismatchException(_))));
        assert_eq!(once(&mut tokens, "b", "y", now, "third").unwrap(), "third");
    }

    #[test]
    fn what_failed_may_be_tried_again() {
        let (mut tokens, now) = (Tokens::default(), Instant::now());
        let asked = Some(("a".to_owned(), Fingerprint::of(&json!(["x"]))));
        let failing = || Err(DynoxideError::InternalServerError("disk".to_owned()));
        assert!(tokens.once(asked.clone(), now, failing).is_err());
        assert_eq!(tokens.once(asked, now, || Ok("done".to_owned())).unwrap(), "done");
    }

    #[test]
    fn the_order_of_members_is_nothing_else() {
        let one =
            serde_json::from_str::<serde_json::Value>(r#"[{"a": {"S": "1"}, "b": {"S": "2"}}]"#).unwrap();
        let other =
            serde_json::from_str::<serde_json::Value>(r#"[{"b": {"S": "2"}, "a": {"S": "1"}}]"#).unwrap();
        assert_eq!(Fingerprint::of(&one), Fingerprint::of(&other));
    }
}
