//! What a body must be: declared JSON, and not too large.

use http::HeaderMap;

use crate::error::Error;
use crate::header;

/// The largest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// Refuses a body that is too large, or that is there and not declared to be JSON.
pub(crate) fn check(method: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Error::PayloadTooLarge);
    }
    let is_read = !body.is_empty() && matches!(method, "POST" | "PUT" | "PATCH" | "QUERY");
    if is_read && !is_json(headers) { Err(Error::UnsupportedMediaType) } else { Ok(()) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Ok(Some(value)) = header::single(headers, "content-type") else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::{BODY_BYTES_MAX, check};
    use crate::error::Error;
    use crate::header::map;

    #[test]
    fn takes_declared_json() {
        for media in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(check("POST", &map(&[("content-type", media)]), b"{}").is_ok(), "{media}");
        }
    }

    #[test]
    fn refuses_other_and_undeclared_bodies() {
        let refused = |headers| matches!(check("PATCH", &headers, b"{}"), Err(Error::UnsupportedMediaType));
        assert!(refused(map(&[])));
        assert!(refused(map(&[("content-type", "application/json"), ("content-type", "application/json")])));
        for media in
            ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", "text/a+json"]
        {
            assert!(refused(map(&[("content-type", media)])), "{media}");
        }
    }

    #[test]
    fn a_body_that_nobody_reads_needs_no_type() {
        assert!(check("DELETE", &map(&[]), b"{}").is_ok());
        assert!(check("POST", &map(&[]), b"").is_ok());
    }

    #[test]
    fn the_limit_is_256_kib() {
        let json = map(&[("content-type", "application/json")]);
        assert!(check("POST", &json, &vec![b' '; BODY_BYTES_MAX]).is_ok());
        assert!(matches!(check("POST", &json, &vec![b' '; BODY_BYTES_MAX + 1]), Err(Error::PayloadTooLarge)));
        assert!(matches!(check("GET", &json, &vec![b' '; BODY_BYTES_MAX + 1]), Err(Error::PayloadTooLarge)));
    }
}
