//! What a body must be: declared JSON or a declared form, and not too large.

use http::HeaderMap;

use crate::error::Error;
use crate::header;
use crate::route::Media;

/// The largest JSON body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;
/// The most bytes that are no text in a request or an answer. An event and an answer of a function have 6 MiB each, in
/// which they travel as base64, four characters for three bytes, beside headers.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const BINARY_BYTES_MAX: usize = 4_400 * 1024;

/// How many bytes a body of `media` may have.
pub(crate) const fn bytes_max(media: Media) -> usize {
    match media {
        Media::Form => BINARY_BYTES_MAX,
        Media::Json | Media::Image | Media::Fields | Media::Page => BODY_BYTES_MAX,
    }
}

/// Refuses a body that is too large, or that is there and not declared to be what the operation reads. A form is not
/// even one without its declaration, which names the boundary between its parts.
pub(crate) fn check(media: Media, method: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    if body.len() > bytes_max(media) {
        return Err(Error::PayloadTooLarge { media });
    }
    let is_read = matches!(method, "POST" | "PUT" | "PATCH" | "QUERY");
    let is_declared = match media {
        Media::Form => essence(headers).as_deref() == Some("multipart/form-data"),
        Media::Fields | Media::Page => {
            essence(headers).as_deref() == Some("application/x-www-form-urlencoded")
        }
        Media::Json | Media::Image => body.is_empty() || is_json(headers),
    };
    if is_read && !is_declared { Err(Error::UnsupportedMediaType { media }) } else { Ok(()) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(essence) = essence(headers) else { return false };
    essence.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// The media type without its parameters, in lower case.
fn essence(headers: &HeaderMap) -> Option<String> {
    let value = header::single(headers, "content-type").ok()??;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{BINARY_BYTES_MAX, BODY_BYTES_MAX};
    use crate::error::Error;
    use crate::header::map;
    use crate::route::Media;

    fn check(method: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
        super::check(Media::Json, method, headers, body)
    }

    #[test]
    fn takes_declared_json() {
        for media in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(check("POST", &map(&[("content-type", media)]), b"{}").is_ok(), "{media}");
        }
    }

    #[test]
    fn refuses_other_and_undeclared_bodies() {
        let refused =
            |headers| matches!(check("PATCH", &headers, b"{}"), Err(Error::UnsupportedMediaType { .. }));
        assert!(refused(map(&[])));
        assert!(refused(map(&[("content-type", "application/json"), ("content-type", "application/json")])));
        for media in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "json",
            "text/a+json",
        ] {
            assert!(refused(map(&[("content-type", media)])), "{media}");
        }
    }

    #[test]
    fn a_form_is_declared_even_when_it_is_empty() {
        let check = |media, body| super::check(Media::Form, "POST", &map(&[("content-type", media)]), body);
        assert!(check("Multipart/Form-Data; boundary=x", b"--x--").is_ok());
        for media in ["application/json", "multipart/mixed; boundary=x", ""] {
            for body in [&b""[..], b"{}"] {
                assert!(matches!(check(media, body), Err(Error::UnsupportedMediaType { .. })), "{media}");
            }
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
        let is_too_large = |method, bytes: usize| {
            matches!(check(method, &json, &vec![b' '; bytes]), Err(Error::PayloadTooLarge { .. }))
        };
        assert!(!is_too_large("POST", BODY_BYTES_MAX));
        assert!(is_too_large("POST", BODY_BYTES_MAX + 1));
        assert!(is_too_large("GET", BODY_BYTES_MAX + 1));
    }

    #[test]
    fn a_form_may_be_as_large_as_a_function_takes() {
        let form = map(&[("content-type", "multipart/form-data; boundary=x")]);
        let check = |bytes: usize| super::check(Media::Form, "POST", &form, &vec![b' '; bytes]);
        assert!(check(BINARY_BYTES_MAX).is_ok());
        assert!(matches!(check(BINARY_BYTES_MAX + 1), Err(Error::PayloadTooLarge { .. })));
        // 6 MiB of base64, less what headers and the rest of an event may take.
        assert!(BINARY_BYTES_MAX.div_ceil(3) * 4 + 64 * 1024 < 6 * 1024 * 1024);
    }
}
