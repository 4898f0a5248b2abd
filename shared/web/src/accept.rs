//! `Accept` (RFC 9110 section 12.5.1): we speak JSON, in one place server-sent events too, and say so when that is not
//! wanted.

use http::HeaderMap;

use crate::header;

/// Whether the client takes JSON of some kind. No `Accept` at all takes anything.
pub(crate) fn takes_json(headers: &HeaderMap) -> bool {
    let ranges: Vec<_> =
        header::values(headers, "accept").flat_map(|list| list.split(',')).map(range).collect();
    let most_specific = |media: &[&str]| ranges.iter().find(|(range, _)| media.contains(&range.as_str()));
    let plain = [&["application/json"][..], &["application/*"], &["*/*"]].into_iter().find_map(most_specific);
    let has_suffix = |range: &str| range.starts_with("application/") && range.ends_with("+json");
    ranges.iter().all(|(range, _)| range.is_empty())
        || plain.is_some_and(|(_, wanted)| *wanted)
        || ranges.iter().any(|(range, wanted)| *wanted && has_suffix(range))
}

/// Whether the client asks for server-sent events by name.
pub(crate) fn takes_events(headers: &HeaderMap) -> bool {
    let mut ranges = header::values(headers, "accept").flat_map(|list| list.split(',')).map(range);
    ranges.any(|(range, wanted)| wanted && range == "text/event-stream")
}

/// One range in lower case, and whether its weight is above zero.
fn range(element: &str) -> (String, bool) {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (range, weight.and_then(|q| q.parse().ok()).is_none_or(|q: f32| q > 0.0))
}

#[cfg(test)]
mod tests {
    use super::{takes_events, takes_json};
    use crate::header::map;

    #[test]
    fn json_of_any_kind_will_do() {
        for accept in [
            "",
            "*/*",
            "application/*",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/problem+json",
            "text/html, application/xhtml+xml, */*;q=0.8",
            "text/html;q=0, application/json;q=0.1",
            "*/*;q=0, application/json",
        ] {
            assert!(takes_json(&map(&[("accept", accept)])), "{accept}");
        }
        assert!(takes_json(&map(&[])));
        assert!(takes_json(&map(&[("accept", "text/html"), ("accept", "application/json")])));
    }

    #[test]
    fn nothing_like_json_is_refused() {
        for accept in [
            "text/html",
            "image/*",
            "application/xml",
            "application/json;q=0",
            "application/json;q=0, */*",
            "*/*; q=0.0",
        ] {
            assert!(!takes_json(&map(&[("accept", accept)])), "{accept}");
        }
    }

    #[test]
    fn events_are_asked_for_by_name() {
        assert!(takes_events(&map(&[("accept", "text/html, Text/Event-Stream;q=0.5")])));
        for accept in ["*/*", "text/*", "text/event-stream;q=0", "application/json"] {
            assert!(!takes_events(&map(&[("accept", accept)])), "{accept}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(accept in "[ -~]{0,40}") {
            takes_json(&map(&[("accept", &accept)]));
        }
    }
}
