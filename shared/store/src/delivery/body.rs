//! A body at rest: deflated, so that most rows fit one write unit.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Bodies longer than this are no bodies of ours: they stay under 64 KiB.
const BODY_MAX: usize = 1024 * 1024;
/// Where zlib stands too unless it is told otherwise: better hardly gets smaller.
const LEVEL: u8 = 6;

pub(super) fn deflate(body: &str) -> Vec<u8> {
    compress_to_vec(body.as_bytes(), LEVEL)
}

pub(super) fn inflate(deflated: &[u8]) -> Option<String> {
    String::from_utf8(decompress_to_vec_with_limit(deflated, BODY_MAX).ok()?).ok()
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
