//! What browsers may do with a page: no script, no frame around it, forms to ourselves and where their answer leads.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use url::{Host, Url};
use web::Answer;

/// The same answer with what keeps it safe. `redirect` is where the form's answer may lead to: browsers hold redirects
/// against `form-action` too.
pub(super) fn guarded(answer: Answer, style: &str, redirect: Option<&str>) -> Answer {
    let target = redirect.and_then(source).map(|source| format!(" {source}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self'{target}; base-uri 'none'; \
         frame-ancestors 'none'",
        hash(style)
    );
    answer
        .header("content-security-policy", policy)
        .header("x-frame-options", "DENY")
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

/// A redirect URI as a source expression. It has no form for addresses of IPv6, so all of http stands in for that.
fn source(redirect: &str) -> Option<String> {
    let url = Url::parse(redirect).ok()?;
    match url.host() {
        Some(Host::Ipv6(_)) | None => Some(format!("{}:", url.scheme())),
        Some(_) => Some(url.origin().ascii_serialization()),
    }
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn a_form_may_lead_to_the_client_alone() {
        for (redirect, expected) in [
            ("https://app.example.com/callback", "https://app.example.com"),
            ("https://app.example.com:8443/callback?x=1", "https://app.example.com:8443"),
            ("http://127.0.0.1:51004/callback", "http://127.0.0.1:51004"),
            ("http://[::1]:51004/callback", "http:"),
            ("com.example.app:/callback", "com.example.app:"),
        ] {
            assert_eq!(source(redirect).as_deref(), Some(expected));
        }
    }
}
