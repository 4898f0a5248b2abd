//! Where the answer to an authorization request may go (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 4.1).

use url::{Host, Url};

/// Characters of a redirect URI.
const CHARS_MAX: usize = 512;

/// Why a text is no redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a URL in its normal form: https, a private-use scheme with a dot, or http at 127.0.0.1 or [::1]"
)]
pub struct NotARedirect;

/// A registered redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Reads a URL that may be registered: absolute, as a URL parser would write it, so that nobody can read it in two
    /// ways; without user, password and fragment.
    ///
    /// # Errors
    /// [`NotARedirect`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotARedirect> {
        let url = normal(text).ok_or(NotARedirect)?;
        let is_fit = match url.scheme() {
            "https" => is_plain(&url),
            "http" => is_loopback(&url),
            // RFC 8252 section 7.1: a domain of the client's, backwards.
            private => private.contains('.') && url.path().starts_with('/'),
        };
        if is_fit { Ok(Self(text.to_owned())) } else { Err(NotARedirect) }
    }

    /// What programs on the user's own machine listen at, on any port.
    pub(super) fn loopback() -> [Self; 2] {
        ["http://127.0.0.1/callback", "http://[::1]/callback"].map(|text| Self(text.to_owned()))
    }

    /// As it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an answer may go to `sent`: the same text, and at loopback addresses any port (RFC 8252 section 7.3).
    #[must_use]
    pub fn admits(&self, sent: &str) -> bool {
        sent == self.0 || self.without_port().is_some_and(|mine| Some(mine) == loopback_without_port(sent))
    }

    fn without_port(&self) -> Option<Url> {
        loopback_without_port(&self.0)
    }
}

fn loopback_without_port(text: &str) -> Option<Url> {
    let mut url = normal(text).filter(|url| url.scheme() == "http" && is_loopback(url))?;
    url.set_port(None).ok()?;
    Some(url)
}

/// The URL, if `text` is one as a parser would write it.
fn normal(text: &str) -> Option<Url> {
    let is_short = text.len() <= CHARS_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = Url::parse(text).ok().filter(|url| is_short && url.as_str() == text)?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    is_bare.then_some(url)
}

/// An address, or a name as DNS has them: URLs take more in a name, and it stands in headers and on the consent page.
fn is_plain(url: &Url) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(is_letter),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The addresses, not the name `localhost`, which somebody may resolve elsewhere (RFC 8252 section 8.3).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RedirectUri;

    fn registered(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn these_may_be_registered() {
        for text in [
            "https://app.example.com/callback",
            "https://app.example.com:8443/callback?from=petstore",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:8000/callback",
            "http://[::1]/callback",
            "https://xn--bcher-kva.example/callback",
            "https://192.0.2.1/callback",
            "https://[2001:db8::1]:8443/callback",
            "com.example.app:/callback",
        ] {
            assert!(RedirectUri::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn these_may_not() {
        for text in [
            "",
            "/callback",
            "https://app.example.com",
            "HTTPS://app.example.com/",
            "https://APP.example.com/",
            "https://app.example.com/#x",
            "https://app.example.com/#",
            "https://user@app.example.com/",
            "https://user:pass@app.example.com/",
            "https://app.example.com:443/",
            "https://app.example.com/a/../b",
            "https:\\\\app.example.com\\",
            "https://app.example.com/\n",
            "https://app.example.com/ ",
            "https://*.example.com/callback",
            "https://app_1.example.com/callback",
            "https://app.example.com;x/callback",
            "https://app.example.com,x/callback",
            "https://'none'.example.com/callback",
            "https://app.example.com/ä",
            "http://app.example.com/callback",
            "http://localhost/callback",
            "http://127.0.0.2/callback",
            "http://127.0.0.1.example.com/callback",
            "http://0x7f.1/callback",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "com.example.app:callback",
            "app:/callback",
        ] {
            assert!(RedirectUri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_very_same_text_is_admitted() {
        let app = registered("https://app.example.com/callback");
        assert!(app.admits("https://app.example.com/callback"));
        for text in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback?x=1",
            "https://app.example.com/callback#x",
            "https://app.example.com/Callback",
            "https://app.example.com:443/callback",
            "https://app.example.com:8443/callback",
            "https://app.example.com.evil.example/callback",
            "https://app.example.com@evil.example/callback",
            "https://evil.example/https://app.example.com/callback",
            "https://app.example.com/callback/../evil",
            "https://app.example.com/%63allback",
            "http://app.example.com/callback",
            "https://sub.app.example.com/callback",
            "//app.example.com/callback",
        ] {
            assert!(!app.admits(text), "{text}");
        }
    }

    #[test]
    fn at_loopback_the_port_is_the_programs_own() {
        let program = registered("http://127.0.0.1/callback");
        for text in
            ["http://127.0.0.1:51004/callback", "http://127.0.0.1/callback", "http://127.0.0.1:1/callback"]
        {
            assert!(program.admits(text), "{text}");
        }
        for text in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/callback?x=1",
            "http://localhost:51004/callback",
            "http://127.0.0.1:51004@evil.example/callback",
            "http://x@127.0.0.1:51004/callback",
            "https://127.0.0.1:51004/callback",
            "http://127.0.0.2:51004/callback",
            "http://[::1]:51004/callback",
            "http://127.0.0.1:99999/callback",
        ] {
            assert!(!program.admits(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_port_makes_no_difference_at_loopback_and_nowhere_else(port in 1..=u16::MAX) {
            prop_assume!(port != 80 && port != 443);
            let at = |host: &str| format!("{host}:{port}/callback");
            prop_assert!(registered("http://[::1]/callback").admits(&at("http://[::1]")));
            prop_assert!(!registered("https://a.example/callback").admits(&at("https://a.example")));
        }

        #[test]
        fn whatever_is_sent_is_read_without_a_panic(text: String) {
            let admitted = registered("http://127.0.0.1/callback").admits(&text);
            prop_assert!(!admitted || text.starts_with("http://127.0.0.1"));
        }
    }
}
