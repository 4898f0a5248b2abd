//! Who moves the money. Two real implementations: the simulator, with a durable ledger, and Stripe.

mod simulator;
mod stripe;

use std::future::Future;
use std::time::Duration;

use domain::id::RefundId;
use domain::payment::{ChargeOutcome, NewSource, Payment, RefundOutcome, Tokenised};
use platform::config::{self, ConfigError};
use store::Store;

pub use simulator::Simulator;
pub use stripe::Stripe;

/// The longest we wait for the provider within a request.
pub const TIMEOUT: Duration = Duration::from_secs(8);

/// A payment provider.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Deterministic, for development and tests.
    Simulator(Simulator),
    /// `PaymentIntents` of Stripe.
    Stripe(Stripe),
}

/// The provider gave no final answer: what becomes of the money is unknown until it is asked again.
#[derive(Debug, thiserror::Error)]
pub enum Silent {
    /// None that is of use.
    #[error("the payment provider did not answer: {0}")]
    NoAnswer(String),
    /// It knows of the operation and has not ended it, as banks do for days.
    #[error("the payment provider is at work: {0}")]
    AtWork(&'static str),
}

impl Silent {
    /// No usable answer, and why.
    #[must_use]
    pub fn because(why: impl Into<String>) -> Self {
        Self::NoAnswer(why.into())
    }

    /// Whether the provider knows of the operation and is at it.
    #[must_use]
    pub const fn is_at_work(&self) -> bool {
        matches!(self, Self::AtWork(_))
    }
}

/// Why a source was not exchanged for a token.
#[derive(Debug, thiserror::Error)]
pub enum TokeniseError {
    /// The provider refuses the source itself.
    #[error("the provider refuses the source: {0}")]
    Refused(String),
    /// No usable answer; nothing has happened yet.
    #[error(transparent)]
    Silent(#[from] Silent),
}

/// Characters of a charge's name at most (<https://docs.stripe.com/upgrades>).
const CHARGE_NAME_MAX: usize = 255;

/// Whose token this is, by the name that approvals give.
pub(crate) fn processor_of(token: &str) -> &'static str {
    if token.starts_with(simulator::TOKEN_PREFIX) { simulator::PROCESSOR } else { stripe::PROCESSOR }
}

/// Whether `id` can be the name of a charge at the processor whose token this is.
pub(crate) fn names_a_charge(id: &str, token: &str) -> bool {
    let prefixes = match processor_of(token) {
        simulator::PROCESSOR => simulator::CHARGE_PREFIXES,
        _ => stripe::CHARGE_PREFIXES,
    };
    let is_name = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    id.len() <= CHARGE_NAME_MAX && prefixes.iter().any(|prefix| id.strip_prefix(prefix).is_some_and(is_name))
}

impl Provider {
    /// Exchanges a source for a token; card data goes nowhere else.
    ///
    /// # Errors
    /// [`TokeniseError`].
    pub async fn tokenise(&self, source: &NewSource) -> Result<Tokenised, TokeniseError> {
        match self {
            Self::Simulator(simulator) => Ok(simulator.tokenise(source)),
            Self::Stripe(stripe) => stripe.tokenise(source).await,
        }
    }

    /// Charges `payment` under its id; asked again, it answers the same.
    ///
    /// # Errors
    /// [`Silent`] after [`TIMEOUT`].
    pub async fn charge(&self, payment: &Payment) -> Result<ChargeOutcome, Silent> {
        match self {
            Self::Simulator(simulator) => in_time(simulator.charge(payment)).await,
            Self::Stripe(stripe) => in_time(stripe.charge(payment)).await,
        }
    }

    /// How the charge of `payment` ended, without charging; `None` when the provider knows of none.
    ///
    /// # Errors
    /// [`Silent`] after [`TIMEOUT`].
    pub async fn find_charge(&self, payment: &Payment) -> Result<Option<ChargeOutcome>, Silent> {
        match self {
            Self::Simulator(simulator) => in_time(simulator.find_charge(payment)).await,
            Self::Stripe(stripe) => in_time(stripe.find_charge(payment)).await,
        }
    }

    /// Refunds `payment` under the refund's id; asked again, it answers the same.
    ///
    /// # Errors
    /// [`Silent`] after [`TIMEOUT`].
    pub async fn refund(&self, id: RefundId, payment: &Payment) -> Result<RefundOutcome, Silent> {
        match self {
            Self::Simulator(simulator) => in_time(simulator.refund(id, payment)).await,
            Self::Stripe(stripe) => in_time(stripe.refund(id, payment)).await,
        }
    }

    /// How the refund ended, without refunding; `None` when the provider knows of none.
    ///
    /// # Errors
    /// [`Silent`] after [`TIMEOUT`].
    pub async fn find_refund(
        &self,
        id: RefundId,
        payment: &Payment,
    ) -> Result<Option<RefundOutcome>, Silent> {
        match self {
            Self::Simulator(simulator) => in_time(simulator.find_refund(id, payment.scope)).await,
            Self::Stripe(stripe) => in_time(stripe.find_refund(id, payment)).await,
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Silent>>) -> Result<T, Silent> {
    match tokio::time::timeout(TIMEOUT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(Silent::because("no answer in time")),
    }
}

/// The provider that `PROVIDER` names, with its settings.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn from_env(store: &Store) -> Result<Provider, ConfigError> {
    match config::required("PROVIDER")?.as_str() {
        "simulator" => Ok(Provider::Simulator(Simulator::new(store.clone()))),
        "stripe" => {
            let base_url = config::required("STRIPE_BASE_URL")?;
            Ok(Provider::Stripe(Stripe::new(base_url, config::required("STRIPE_API_KEY")?)))
        }
        _ => Err(ConfigError::invalid("PROVIDER", "must be simulator or stripe")),
    }
}

#[cfg(test)]
mod tests {
    use super::names_a_charge;

    #[test]
    fn a_charge_has_a_name_of_its_processors() {
        for (id, token, is_one) in [
            ("pi_3MtwBwLkdIwHu7ix28a3tqPa", "pm_1", true),
            ("ch_3MtwBwLkdIwHu7ix28a3tqPa", "pm_1", true),
            ("py_1", "pm_1", true),
            ("tx_1", "pm_1", false),
            ("re_1", "pm_1", false),
            ("tx_019b413a5a007d9e8f1a2b3c4d5e6f7a", "tok_sim_1", true),
            ("pi_1", "tok_sim_1", false),
            ("", "pm_1", false),
            ("", "tok_sim_1", false),
            ("pi_", "pm_1", false),
            (" pi_1", "pm_1", false),
            ("pi_1 ", "pm_1", false),
            ("pi_1\n", "pm_1", false),
        ] {
            assert_eq!(names_a_charge(id, token), is_one, "{id} {token}");
        }
        assert!(!names_a_charge(&format!("pi_{}", "1".repeat(253)), "pm_1"));
    }
}
