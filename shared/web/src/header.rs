//! Headers that may come once. The gateway joins repeated headers with commas, so a comma in a value that cannot
//! hold one means the same as a second header.

use http::HeaderMap;

/// A header came twice, or is no visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotSingle;

/// The only value of `name`, which may hold commas; `None` when it was not sent.
pub(crate) fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, NotSingle> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| NotSingle)?.trim_matches([' ', '\t']);
    if values.next().is_some() { Err(NotSingle) } else { Ok(Some(text)) }
}

/// The only value of `name`, which holds no comma; `None` when it was not sent.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, NotSingle> {
    match one(headers, name)? {
        Some(text) if text.contains(',') => Err(NotSingle),
        value => Ok(value),
    }
}

/// The value of each header of that name, whole: a list within one is for the caller to split. Values that are no text are
/// left out.
pub(crate) fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
pub(crate) fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}
