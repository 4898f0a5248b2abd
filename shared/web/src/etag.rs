//! Entity tags (RFC 9110 sections 8.8.3 and 13.1): `"<version>"`, always strong.

use domain::{Error, FieldError, Result};
use http::{HeaderMap, HeaderValue};

use crate::header;

/// The tag of a version, quotes included.
pub(crate) fn of_version(version: u64) -> String {
    format!("\"{version}\"")
}

/// Holds `If-Match`, if it was sent, against the tag `current`. It must match strongly, so weak tags never do.
///
/// # Errors
/// [`Error::PreconditionFailed`] when it names only other tags, [`Error::Malformed`] when what else it names is no
/// strong tag: who sends `3` or `W/"3"` means this version, and is not to be told that there is another.
pub(crate) fn if_match(headers: &HeaderMap, current: &str) -> Result<()> {
    if !headers.contains_key("if-match") {
        return Ok(());
    }
    let tags: Vec<_> = header::values(headers, "if-match").flat_map(tags).collect();
    let is_among = |wanted: Tag<'_>| tags.contains(&wanted);
    if is_among(Tag::Any) || is_among(Tag::Strong(current)) {
        Ok(())
    } else if tags.is_empty() || is_among(Tag::None) {
        Err(malformed("Must be a quoted ETag such as \"3\", or several of them separated by commas, or *."))
    } else if tags.iter().any(|tag| matches!(tag, Tag::Weak(_))) {
        Err(malformed("Must be an ETag without W/ such as \"3\": weak tags match nothing here."))
    } else {
        Err(Error::PreconditionFailed)
    }
}

fn malformed(message: &str) -> Error {
    let errors = vec![FieldError::new("If-Match", "invalid_format", message)];
    Error::Malformed { detail: "the header If-Match is not a strong ETag".to_owned(), errors }
}

/// Whether `If-None-Match` says that the client has `current` already. Weak tags match here.
pub(crate) fn if_none_match_has(values: &[HeaderValue], current: &str) -> bool {
    let lists = values.iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(tags).any(|tag| match tag {
        Tag::Any => true,
        Tag::Strong(tag) | Tag::Weak(tag) => tag == current,
        Tag::None => false,
    })
}

/// An element of a list of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag<'h> {
    /// `*`, which stands alone.
    Any,
    /// With its quotes.
    Strong(&'h str),
    /// What follows `W/`.
    Weak(&'h str),
    /// No tag; what comes after it is not looked at.
    None,
}

fn tags(list: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = list.trim();
    std::iter::from_fn(move || {
        let is_whole = rest == list.trim();
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (tag, after) = match rest {
            "" => return None,
            "*" if is_whole => (Tag::Any, ""),
            _ => next(rest).unwrap_or((Tag::None, "")),
        };
        rest = after;
        Some(tag)
    })
}

/// The quoted tag that `list` begins with, and what follows.
fn next(list: &str) -> Option<(Tag<'_>, &str)> {
    let (list, is_weak) = list.strip_prefix("W/").map_or((list, false), |list| (list, true));
    let end = list.strip_prefix('"')?.find('"')? + 2;
    let (tag, after) = list.split_at(end);
    Some((if is_weak { Tag::Weak(tag) } else { Tag::Strong(tag) }, after))
}

#[cfg(test)]
mod tests {
    use domain::Error;

    use super::{if_match, if_none_match_has, of_version};
    use crate::header::map;

    #[test]
    fn if_match_is_strong() {
        let asks = |value: &str| if_match(&map(&[("if-match", value)]), &of_version(7));
        for value in ["*", "\"7\"", "\"6\", \"7\"", "\"6\",\"7\"", "W/\"7\", \"7\"", "\"a,b\", \"7\""] {
            assert!(asks(value).is_ok(), "{value}");
        }
        for value in ["\"6\"", "\"77\"", "\"6\", \"8\"", "\"\""] {
            assert!(matches!(asks(value), Err(Error::PreconditionFailed)), "{value}");
        }
        assert!(if_match(&map(&[]), "\"7\"").is_ok());
        assert!(if_match(&map(&[("if-match", "\"6\""), ("if-match", "\"7\"")]), "\"7\"").is_ok());
    }

    #[test]
    fn what_is_no_tag_is_not_called_another_version() {
        let says = |value: &str| match if_match(&map(&[("if-match", value)]), &of_version(7)) {
            Err(Error::Malformed { errors, .. }) => errors[0].message.clone(),
            other => panic!("{value}: {other:?}"),
        };
        for value in ["", ",", "7", "6", "\"7", "w/\"7\"", "\"6\", *", "\"6, \"7\"", "*, \"7\""] {
            assert!(says(value).starts_with("Must be a quoted ETag such as \"3\""), "{value}");
        }
        for value in ["W/\"7\"", "W/\"6\"", "\"6\", W/\"7\""] {
            assert!(says(value).starts_with("Must be an ETag without W/"), "{value}");
        }
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
            if_match(&map(&[("if-match", &value)]), "\"7\"").ok();
        }

        #[test]
        fn a_version_is_found_in_any_list_of_versions(versions: Vec<u64>, extra: u64) {
            let list = versions.iter().chain([&extra]).map(|v| of_version(*v)).collect::<Vec<_>>().join(", ");
            proptest::prop_assert!(if_match(&map(&[("if-match", &list)]), &of_version(extra)).is_ok());
        }
    }
}
