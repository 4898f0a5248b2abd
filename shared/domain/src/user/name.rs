//! What names a user: unique in its pool, whatever its case.

use std::fmt;

use serde::{Deserialize, Serialize};

const USERNAME_CHARS_MIN: usize = 3;
const USERNAME_CHARS_MAX: usize = 50;
/// RFC 5321, 4.5.3.1: what fits a path, without its brackets.
const EMAIL_CHARS_MAX: usize = 254;
const LOCAL_CHARS_MAX: usize = 64;
const LABEL_CHARS_MAX: usize = 63;

/// A username: 3 to 50 ASCII letters, digits and `._@+-`, the first a letter or digit. ASCII alone, so that no two
/// names look the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// An e-mail address. Nobody has verified that it is anyone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Username {
    /// Reads a username.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = (USERNAME_CHARS_MIN..=USERNAME_CHARS_MAX).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte));
        is_fit.then(|| Self(text.to_owned()))
    }

    /// What must be unique: the name in lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The name as its user writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// Reads an address: a dot-atom (RFC 5322, 3.4.1), `@`, and a name of at least two labels.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let is_fit = text.len() <= EMAIL_CHARS_MAX && is_dot_atom(local) && is_host(domain);
        is_fit.then(|| Self(text.to_owned()))
    }

    /// What must be unique: the address in lower case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The address as its user writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_dot_atom(local: &str) -> bool {
    let is_atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(is_atext);
    local.len() <= LOCAL_CHARS_MAX && local.split('.').all(is_atom)
}

fn is_host(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_CHARS_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Email, Username};

    #[test]
    fn usernames_are_short_and_plain() {
        for good in ["kylekinh", "Ada.Lovelace", "a-b", "ada@example.com", "0_0"] {
            assert_eq!(Username::parse(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(51);
        for bad in ["", "ab", ".ada", "ada lovelace", "аda", "ada\n", "a#b", long.as_str()] {
            assert_eq!(Username::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_a_local_part_and_a_host() {
        for good in ["kyle.kihn@example.com", "a+b@x-y.co", "O'Hara@Example.COM"] {
            assert_eq!(Email::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a..b@x.y",
            "a b@x.y",
            "a@-x.y",
            "a@x..y",
            "a@x.y.",
            "a@b@x.y",
            "ada@exämple.com",
        ] {
            assert_eq!(Email::parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _: (Option<Username>, Option<Email>) = (Username::parse(&text), Email::parse(&text));
        }

        #[test]
        fn case_makes_no_other_name(name in "[A-Za-z0-9]{3,50}") {
            let [lower, upper] = [name.to_lowercase(), name.to_uppercase()].map(|text| Username::parse(&text).unwrap());
            prop_assert_eq!(lower.folded(), upper.folded());
        }
    }
}
