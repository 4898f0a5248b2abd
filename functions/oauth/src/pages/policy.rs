//! What browsers may do with a page: no script, no frame around it, forms to ourselves.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use web::Answer;

/// Where the answer to a page's form may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To another page of ours.
    Here,
    /// To a client, and wherever that sends the browser next.
    Away,
}

/// The same answer with what keeps it safe. Some browsers hold every redirect that follows a form against `form-action`,
/// those of the client's own site too, which nobody can list; so a form that leads away is under none.
pub(super) fn guarded(answer: Answer, style: &str, leads: Leads) -> Answer {
    let forms = match leads {
        Leads::Here => "form-action 'self'; ",
        Leads::Away => "",
    };
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; {forms}base-uri 'none'; frame-ancestors 'none'",
        hash(style)
    );
    answer
        .header("content-security-policy", policy)
        .header("x-frame-options", "DENY")
        // Whoever opened the page, or loads it, shares nothing with it.
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-resource-policy", "same-origin")
        // Nothing of an authorization request reaches another site; with less, browsers would not say where our own
        // forms come from.
        .header("referrer-policy", "same-origin")
        .header("cache-control", "no-store")
}

/// The style sheet's hash; there is one style sheet.
fn hash(style: &str) -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| STANDARD.encode(Sha256::digest(style)))
}
