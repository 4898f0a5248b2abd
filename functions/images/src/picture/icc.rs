//! Colour profiles (ICC.1:2022, section 7.2): text or anything else that is called one is dropped.

use bytes::Bytes;

/// The largest profile that is kept, in bytes: more than printers' tables have.
const PROFILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Where every profile is signed, and how.
const SIGNED_AT: usize = 36;
const SIGNATURE: &[u8] = b"acsp";

/// The profile, if it is one and nothing lies behind its end, which its first four bytes tell.
pub(super) fn only_profile(profile: Bytes) -> Option<Bytes> {
    let length = profile.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    let is_whole = length.and_then(|length| usize::try_from(length).ok()) == Some(profile.len());
    let is_signed = profile.get(SIGNED_AT..).is_some_and(|rest| rest.starts_with(SIGNATURE));
    (is_whole && is_signed && profile.len() <= PROFILE_BYTES_MAX).then_some(profile)
}
