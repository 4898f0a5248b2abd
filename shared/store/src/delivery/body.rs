//! A body at rest: deflated, so that most rows fit one write unit.

use std::io::Read;

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};

/// Bodies longer than this are no bodies of ours: they stay under 64 KiB.
const BODY_MAX: u64 = 1024 * 1024;

pub(super) fn deflate(body: &str) -> Vec<u8> {
    let mut deflated = Vec::new();
    let read = DeflateEncoder::new(body.as_bytes(), Compression::default()).read_to_end(&mut deflated);
    // Reading from memory and writing to memory fail for nothing but a lack of it.
    if read.is_err() { Vec::new() } else { deflated }
}

pub(super) fn inflate(deflated: &[u8]) -> Option<String> {
    let mut body = String::new();
    DeflateDecoder::new(deflated).take(BODY_MAX).read_to_string(&mut body).ok()?;
    Some(body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{deflate, inflate};

    proptest! {
        #[test]
        fn what_is_sent_is_what_was_rendered(body in ".{0,400}") {
            prop_assert_eq!(inflate(&deflate(&body)), Some(body));
        }
    }
}
