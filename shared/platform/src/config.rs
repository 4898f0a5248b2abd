//! Settings from the environment, typed, read once at start: the only place that touches `std::env`.
//!
//! An error names its variable and never repeats the value, which may be a secret. An empty value counts as unset,
//! since a template cannot leave a variable out.

mod aws;

use std::fmt::Display;
use std::str::FromStr;

pub use self::aws::{Service, aws};
use crate::sealed::Keyring;

/// Why a setting cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The variable is unset or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The variable is set to something that it cannot mean.
    #[error("the environment variable {name} cannot be used: {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong, without the value.
        reason: String,
    },
}

impl ConfigError {
    /// A value of `name` that cannot be used.
    #[must_use]
    pub fn invalid(name: &'static str, reason: impl Display) -> Self {
        Self::Invalid { name, reason: reason.to_string() }
    }
}

/// The value of `name`; `None` when unset or empty.
///
/// # Errors
/// [`ConfigError::Invalid`] when it is no Unicode text.
pub fn optional(name: &'static str) -> Result<Option<String>, ConfigError> {
    read(name)
}

/// The value of `name`.
///
/// # Errors
/// [`ConfigError::Missing`] when unset or empty, [`ConfigError::Invalid`] when it is no Unicode text.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    read(name)?.ok_or(ConfigError::Missing(name))
}

/// The value of `name` as a `T`; `None` when unset or empty.
///
/// # Errors
/// [`ConfigError::Invalid`] when it is no `T`.
pub fn parsed<T: FromStr<Err: Display>>(name: &'static str) -> Result<Option<T>, ConfigError> {
    read(name)?.map(|text| parse(name, &text)).transpose()
}

/// What the word in `name` stands for, out of `words`.
///
/// # Errors
/// [`ConfigError::Missing`] when unset or empty, [`ConfigError::Invalid`] for any other word.
pub fn one_of<T: Copy>(name: &'static str, words: &[(&str, T)]) -> Result<T, ConfigError> {
    choose(name, &required(name)?, words)
}

/// Whether `name` says `on` rather than `off`.
///
/// # Errors
/// As [`one_of`].
pub fn switch(name: &'static str) -> Result<bool, ConfigError> {
    one_of(name, &[("on", true), ("off", false)])
}

/// The process's keys, from the text in `MASTER_KEY`; the `TOKEN_KEY`-th of those for tokens signs, the first unless set.
///
/// # Errors
/// [`ConfigError::Missing`] when unset, [`ConfigError::Invalid`] when too short or no number.
pub fn keyring() -> Result<Keyring, ConfigError> {
    let master = zeroize::Zeroizing::new(required("MASTER_KEY")?);
    let keys = Keyring::new(master.as_bytes()).map_err(|error| ConfigError::invalid("MASTER_KEY", error))?;
    Ok(keys.with_token_key(parsed::<std::num::NonZeroU32>("TOKEN_KEY")?.map_or(1, std::num::NonZero::get)))
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error| ConfigError::invalid(name, error))
}

fn choose<T: Copy>(name: &'static str, text: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
    let chosen = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    chosen.ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        ConfigError::invalid(name, format!("must be one of: {}", known.join(", ")))
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn read(name: &'static str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::invalid(name, "not Unicode")),
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigError, choose, optional, parse, required};

    const UNSET: &str = "PETSTORE_TEST_NEVER_SET";

    #[test]
    fn an_unset_variable_is_named() {
        assert_eq!(optional(UNSET), Ok(None));
        let error = required(UNSET).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable PETSTORE_TEST_NEVER_SET is not set");
    }

    #[test]
    fn a_wrong_value_is_never_repeated() {
        let number: Result<u16, _> = parse("PORT", "hunter2");
        let word = choose("SHARED_POOL", "hunter2", &[("on", true), ("off", false)]);
        for error in [number.unwrap_err(), word.unwrap_err()] {
            assert!(matches!(&error, ConfigError::Invalid { .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn words_mean_what_the_list_says() {
        assert_eq!(choose("SHARED_POOL", "off", &[("on", true), ("off", false)]), Ok(false));
        assert_eq!(parse("PORT", "3000"), Ok(3000_u16));
    }
}
