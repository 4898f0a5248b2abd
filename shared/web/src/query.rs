//! The query string. Unknown parameters are ignored; a known one may come once.

use std::cell::RefCell;
use std::fmt;
use std::ops::RangeInclusive;

use domain::{Error, FieldError, Result};

const OUT_OF_RANGE: &str = "out_of_range";

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
            let errors = vec![FieldError::new(name, "repeated_parameter", "Must come once.")];
            return Err(Error::Malformed { detail: unreadable(&errors), errors });
        }
        Ok(value)
    }

    /// What `read` makes of the parameters, or everything that is wrong with them.
    ///
    /// # Errors
    /// [`Error::Malformed`] when a parameter cannot be read or came more than once, [`Error::Invalid`] when all can be
    /// read and one is out of range.
    pub fn read<T>(&self, read: impl FnOnce(&Params<'_>) -> T) -> Result<T> {
        let params = Params { query: self, errors: RefCell::default() };
        let read = read(&params);
        let errors = params.errors.into_inner();
        let is_out_of_range = |error: &FieldError| error.code == OUT_OF_RANGE;
        match errors.first() {
            None => Ok(read),
            Some(_) if errors.iter().all(is_out_of_range) => Err(Error::Invalid(errors)),
            Some(_) => Err(Error::Malformed { detail: unreadable(&errors), errors }),
        }
    }
}

/// The parameters while they are read; what is wrong with them is collected.
#[derive(Debug)]
pub struct Params<'q> {
    query: &'q Query,
    errors: RefCell<Vec<FieldError>>,
}

impl Params<'_> {
    /// The value of `name`; `None` when it was not sent once.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.query.text(name) {
            Ok(value) => value,
            Err(Error::Malformed { errors, .. }) => {
                self.errors.borrow_mut().extend(errors);
                None
            }
            Err(_) => None,
        }
    }

    /// The value of `name` as `parse` reads it; `must_be` completes "Must be …" when it cannot.
    pub fn parsed<T>(&self, name: &str, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = parse(self.text(name)?);
        if value.is_none() {
            self.refuse(name, "invalid_format", format!("Must be {must_be}."));
        }
        value
    }

    /// The value of `name` as an integer within `range`, or `default`.
    #[must_use]
    pub fn integer(&self, name: &str, range: RangeInclusive<u32>, default: u32) -> u32 {
        let read = |text: &str| text.parse::<i64>().ok();
        match self.parsed(name, "an integer", read).map(u32::try_from) {
            None => default,
            Some(Ok(number)) if range.contains(&number) => number,
            Some(_) => {
                let message = format!("Must be {} to {}.", range.start(), range.end());
                self.refuse(name, OUT_OF_RANGE, message);
                default
            }
        }
    }

    fn refuse(&self, name: &str, code: &'static str, message: String) {
        self.errors.borrow_mut().push(FieldError::new(name, code, message));
    }
}

impl fmt::Display for Query {
    /// Encoded, as it stands behind a `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish())
    }
}

fn unreadable(errors: &[FieldError]) -> String {
    match errors {
        [error] => format!("the query parameter {} cannot be read", error.field),
        _ => format!("{} query parameters are wrong; see errors", errors.len()),
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
        assert!(matches!(query.read(|q| q.integer("page", 1..=100, 1)), Err(Error::Malformed { .. })));
        assert_eq!(query.read(|q| q.integer("limit", 1..=100, 20)).unwrap(), 20);
    }

    #[test]
    fn integers_are_malformed_or_out_of_range() {
        let page = |text| Query::parse(text).read(|q| q.integer("page", 1..=100, 1));
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
        let error = query.read(|q| q.parsed("status", "PLACED or APPROVED", |_| None::<()>)).unwrap_err();
        let Error::Malformed { errors, .. } = error else { panic!() };
        assert_eq!(
            (errors[0].field.as_str(), errors[0].message.as_str()),
            ("status", "Must be PLACED or APPROVED.")
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let read = |text| {
            let query = Query::parse(text);
            query.read(|q| {
                let page = q.integer("page", 1..=100, 1);
                let limit = q.integer("limit", 1..=100, 20);
                (page, limit, q.parsed("status", "OPEN", |word| (word == "OPEN").then_some(())))
            })
        };
        let fields = |errors: Vec<domain::FieldError>| {
            errors.into_iter().map(|error| format!("{} {}", error.field, error.code)).collect::<Vec<_>>()
        };
        assert_eq!(read("page=2&status=OPEN").unwrap(), (2, 20, Some(())));
        let Err(Error::Malformed { errors, .. }) = read("page=0&limit=x&status=a&status=b") else { panic!() };
        assert_eq!(
            fields(errors),
            ["page out_of_range", "limit invalid_format", "status repeated_parameter"]
        );
        let Err(Error::Invalid(errors)) = read("page=0&limit=101&status=OPEN") else { panic!() };
        assert_eq!(fields(errors), ["page out_of_range", "limit out_of_range"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            Query::parse(&text).read(|q| q.integer("page", 1..=100, 1)).ok();
        }
    }
}
