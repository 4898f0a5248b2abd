//! Stripe: `PaymentMethods` for tokens, `PaymentIntents` for charges, `Refunds` for what goes back.
//!
//! - **Cards need raw-card access.** Stripe refuses card numbers that come from a server until it has opened the
//!   account to them (<https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis>). The numbers then
//!   pass through this process, so the whole deployment is in scope of PCI DSS: Stripe asks every year for the
//!   merchant's self-assessment, which is SAQ D and not the short SAQ A of pages that use Stripe.js. Until the access
//!   is there, `tokenise` is [`Silent`] and nothing is charged.
//! - **Bank accounts** are ACH debits in USD. The mandate is sent as accepted offline: the shop must hold its
//!   customer's authorisation. An account that Stripe wants verified first is declined. ACH takes days, and the
//!   payment stays `PROCESSING` until Stripe knows.
//! - **What Stripe calls final is final.** Nothing listens to Stripe's own events: a refund that fails after it succeeded
//!   (a closed account, days later) and a dispute change nothing here, and no event of ours tells of them.
//! - **Nothing is a decline unless the money cannot move.** Whatever leaves that open is [`Silent`] and asked again;
//!   an intent that waits for something is cancelled before it counts as declined.
//!
//! [`Silent`]: super::Silent

mod answer;
mod charge;
mod form;
mod http;
mod refund;
mod refusal;
mod tokenise;

use std::fmt;
use std::sync::Arc;

use self::http::Http;

/// What approvals name as the processor.
pub(super) const PROCESSOR: &str = "stripe";
/// What names of charges begin with: an intent's, a charge's, and that of a charge by another way than a card's.
pub(super) const CHARGE_PREFIXES: &[&str] = &["pi_", "ch_", "py_"];

/// A Stripe account.
#[derive(Clone)]
pub struct Stripe {
    http: Arc<Http>,
}

impl Stripe {
    /// The account of `api_key` at `base_url`: `https`, or `http` on this machine. Settings that cannot be used make
    /// every call [`Silent`](super::Silent), before anything is sent.
    #[must_use]
    pub fn new(base_url: String, api_key: String) -> Self {
        Self { http: Arc::new(Http::new(&base_url, &api_key)) }
    }
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("api_key", &"*").finish_non_exhaustive()
    }
}
