//! Looking for secrets in a text, in every form in which one could have got there.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::people::{NEW_PASSWORD, PASSWORD, WRONG_PASSWORD};
use crate::story::{ACCOUNT, CARD, CVC, HEADER, HOOK_PATH, TOKEN, Told, URL_PATH, WRONG_CARD};

/// What no answer, delivery, table or log may hold.
pub(crate) fn everywhere() -> Vec<String> {
    let of_payments = [CARD, WRONG_CARD, ACCOUNT, CVC, TOKEN, URL_PATH];
    let of_people = [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD];
    of_payments.into_iter().chain(of_people).map(str::to_owned).collect()
}

/// What moreover no further answer may show.
pub(crate) fn afterwards(told: &Told) -> Vec<String> {
    everywhere().into_iter().chain(told.once.clone()).collect()
}

/// What moreover lies sealed where it is kept: what its owner may see again, and what signs deliveries to it.
pub(crate) fn at_rest(told: &Told) -> Vec<String> {
    let key = told.webhook_secret.trim_start_matches("whsec_").to_owned();
    afterwards(told).into_iter().chain([HEADER.to_owned(), HOOK_PATH.to_owned(), key]).collect()
}

/// The secrets that `text` holds.
pub(crate) fn leaks<'a>(text: &str, secrets: &'a [String]) -> Vec<&'a str> {
    secrets.iter().filter(|secret| holds(text, secret)).map(String::as_str).collect()
}

/// A text that holds each of `secrets` in its least obvious form.
pub(crate) fn planted(secrets: &[String]) -> String {
    secrets.iter().map(|secret| format!(" {} ", forms(secret).pop().unwrap_or_default())).collect()
}

fn holds(text: &str, secret: &str) -> bool {
    // Three digits are part of many a number; a secret is them alone.
    let is_short = secret.len() < 6;
    forms(secret)
        .iter()
        .any(|form| if is_short { holds_alone(text, form) } else { text.contains(form.as_str()) })
}

fn holds_alone(text: &str, form: &str) -> bool {
    text.match_indices(form).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + form.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Bare, backwards, in groups of four, in hexadecimal and in base64 wherever it may begin within a triple.
fn forms(secret: &str) -> Vec<String> {
    let groups: Vec<_> = secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    let mut forms =
        vec![secret.to_owned(), secret.chars().rev().collect(), groups.join(" "), groups.join("-")];
    if secret.len() >= 6 {
        forms.push(hex::encode(secret));
        forms.push(hex::encode_upper(secret));
    }
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.extend((0..3).filter_map(|shift| base64_within(engine, secret, shift)));
    }
    forms
}

/// The characters of base64 that depend on `secret` alone when `shift` bytes come before it.
fn base64_within(engine: &impl Engine, secret: &str, shift: usize) -> Option<String> {
    let bytes = [&vec![0; shift], secret.as_bytes()].concat();
    let text = engine.encode(&bytes);
    let first = (shift * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    // Of a short secret too little is left to be told from chance.
    text.get(first..last).filter(|form| form.len() >= 4).map(str::to_owned)
}

#[test]
fn a_secret_is_found_in_each_of_its_forms_and_not_by_chance() {
    let secrets = everywhere();
    for secret in &secrets {
        for form in forms(secret) {
            assert_eq!(leaks(&format!("x={form};"), &secrets), [secret.as_str()], "{form}");
        }
    }
    for triple in ["", "a", "ab"] {
        let hidden = STANDARD_NO_PAD.encode(format!("{triple}{CARD}, and more"));
        assert_eq!(leaks(&hidden, &secrets), [CARD]);
    }
    assert_eq!(leaks("1007 00700 a007 2026-11-22T23:59:07.007Z **** 5556", &secrets), [""; 0]);
}
