//! The query string. Unknown parameters are ignored; a known one may come once.

use std::fmt;
use std::ops::RangeInclusive;

use domain::{Error, FieldError, Result};

/// The parameters of a query string, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `application/x-www-form-urlencoded` pairs.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The same query with another value of `name`.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(key, _)| key != name).cloned();
        Self(others.chain([(name.to_owned(), value.to_owned())]).collect())
    }

    /// The value of `name`; `None` when it was not sent.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it came more than once.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(malformed(name, "repeated_parameter", "Must come once."));
        }
        Ok(value)
    }

    /// The value of `name` as `parse` reads it; `must_be` completes "Must be …" when it cannot.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it cannot be read or came more than once.
    pub fn parsed<T>(
        &self,
        name: &str,
        must_be: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let message = || malformed(name, "invalid_format", &format!("Must be {must_be}."));
        parse(text).map(Some).ok_or_else(message)
    }

    /// The value of `name` as an integer within `range`, or `default`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no integer, [`Error::Invalid`] for one out of range.
    pub fn integer(&self, name: &str, range: RangeInclusive<u32>, default: u32) -> Result<u32> {
        let (min, max) = (*range.start(), *range.end());
        let read = |text: &str| text.parse::<i64>().ok();
        match self.parsed(name, "an integer", read)?.map(u32::try_from) {
            None => Ok(default),
            Some(Ok(number)) if range.contains(&number) => Ok(number),
            Some(_) => Err(Error::invalid(name, "out_of_range", format!("Must be {min} to {max}."))),
        }
    }
}

impl fmt::Display for Query {
    /// Encoded, as it stands behind a `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish())
    }
}

fn malformed(name: &str, code: &'static str, message: &str) -> Error {
    Error::Malformed {
        detail: format!("the query parameter {name} cannot be read"),
        errors: vec![FieldError::new(name, code, message)],
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;

    use super::Query;

    #[test]
    fn reads_decoded_values() {
        let query = Query::parse("status=PLACED&q=a%20b+c&empty=&flag");
        assert_eq!(query.text("status").unwrap(), Some("PLACED"));
        assert_eq!(query.text("q").unwrap(), Some("a b c"));
        assert_eq!(query.text("empty").unwrap(), Some(""));
        assert_eq!(query.text("flag").unwrap(), Some(""));
        assert_eq!(query.text("other").unwrap(), None);
    }

    #[test]
    fn a_known_parameter_comes_once() {
        let query = Query::parse("page=1&page=1&x=1&x=2");
        assert!(matches!(query.integer("page", 1..=100, 1), Err(Error::Malformed { .. })));
        assert_eq!(query.integer("limit", 1..=100, 20).unwrap(), 20);
    }

    #[test]
    fn integers_are_malformed_or_out_of_range() {
        let page = |text| Query::parse(text).integer("page", 1..=100, 1);
        assert_eq!(page("page=100").unwrap(), 100);
        for text in ["page=0", "page=101", "page=-1", "page=4294967297"] {
            assert!(matches!(page(text), Err(Error::Invalid(_))), "{text}");
        }
        for text in ["page=", "page=x", "page=1.5", "page=1%20", "page=99999999999999999999"] {
            assert!(matches!(page(text), Err(Error::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn parsed_says_what_it_must_be() {
        let query = Query::parse("status=nope");
        let error = query.parsed("status", "PLACED or APPROVED", |_| None::<()>).unwrap_err();
        let Error::Malformed { errors, .. } = error else { panic!() };
        assert_eq!(
            (errors[0].field.as_str(), errors[0].message.as_str()),
            ("status", "Must be PLACED or APPROVED.")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            Query::parse(&text).integer("page", 1..=100, 1).ok();
        }
    }
}
