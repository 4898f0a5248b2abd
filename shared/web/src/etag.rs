//! Entity tags (RFC 9110 sections 8.8.3 and 13.1): `"<version>"`, always strong.

use http::{HeaderMap, HeaderValue};

use crate::header;

/// The tag of a version, quotes included.
pub(crate) fn of_version(version: u64) -> String {
    format!("\"{version}\"")
}

/// Whether `If-Match` allows what has the tag `current`. It must match strongly, so weak tags never do.
pub(crate) fn if_match_allows(headers: &HeaderMap, current: &str) -> bool {
    !headers.contains_key("if-match")
        || header::list(headers, "if-match").any(|list| names(list, current, false))
}

/// Whether `If-None-Match` says that the client has `current` already. Weak tags match here.
pub(crate) fn if_none_match_has(values: &[HeaderValue], current: &str) -> bool {
    values.iter().filter_map(|value| value.to_str().ok()).any(|list| names(list, current, true))
}

fn names(list: &str, current: &str, weak_counts: bool) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    while let Some((tag, is_weak, after)) = next_tag(rest) {
        if tag == current && (weak_counts || !is_weak) {
            return true;
        }
        rest = after;
    }
    false
}

/// The next quoted tag of a list, whether it is weak, and what follows. What is no tag ends the list.
fn next_tag(list: &str) -> Option<(&str, bool, &str)> {
    let list = list.trim_start_matches([' ', '\t', ',']);
    let (list, is_weak) = list.strip_prefix("W/").map_or((list, false), |list| (list, true));
    let end = list.strip_prefix('"')?.find('"')? + 2;
    Some((&list[..end], is_weak, &list[end..]))
}

#[cfg(test)]
mod tests {
    use super::{if_match_allows, if_none_match_has, of_version};
    use crate::header::map;

    #[test]
    fn if_match_is_strong() {
        let allows = |value: &str| if_match_allows(&map(&[("if-match", value)]), &of_version(7));
        for value in ["*", "\"7\"", "\"6\", \"7\"", "\"6\",\"7\"", "W/\"7\", \"7\"", "\"a,b\", \"7\""] {
            assert!(allows(value), "{value}");
        }
        for value in ["", "7", "\"6\"", "W/\"7\"", "\"77\"", "\"7", "w/\"7\"", "\"6\", *", "\"6, \"7\""] {
            assert!(!allows(value), "{value}");
        }
        assert!(if_match_allows(&map(&[]), "\"7\""));
        assert!(if_match_allows(&map(&[("if-match", "\"6\""), ("if-match", "\"7\"")]), "\"7\""));
    }

    #[test]
    fn if_none_match_is_weak() {
        let has = |value: &str| if_none_match_has(&[value.parse().unwrap()], &of_version(7));
        for value in ["*", "\"7\"", "W/\"7\"", "\"6\", W/\"7\""] {
            assert!(has(value), "{value}");
        }
        for value in ["", "7", "\"6\"", "\"77\""] {
            assert!(!has(value), "{value}");
        }
        assert!(!if_none_match_has(&[], "\"7\""));
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(value in "[ -~]{0,40}") {
            if_match_allows(&map(&[("if-match", &value)]), "\"7\"");
        }

        #[test]
        fn a_version_is_found_in_any_list_of_versions(versions: Vec<u64>, extra: u64) {
            let list = versions.iter().chain([&extra]).map(|v| of_version(*v)).collect::<Vec<_>>().join(", ");
            proptest::prop_assert!(if_match_allows(&map(&[("if-match", &list)]), &of_version(extra)));
        }
    }
}
