//! The parameters of a protocol request, as RFC 6749 section 3.1 reads them: none comes twice, and one without a value is
//! as good as none.

use domain::Error;
use domain::oauth::Refusal;
use web::{Query, Request};

/// Parameters of a query or of a form.
pub(crate) struct Fields(Query);

impl Fields {
    /// Those of the query.
    pub(crate) fn of_query(request: &Request) -> Self {
        Self(request.query())
    }

    /// Those of the body.
    pub(crate) fn of_body(request: &Request) -> Result<Self, Refusal> {
        Ok(Self(request.fields().map_err(|_| Refusal::InvalidRequest("the body is not UTF-8"))?))
    }

    /// The value of `name`; `None` when it was not sent.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.0.text(name) {
            Ok(value) => Ok(value.filter(|value| !value.is_empty())),
            Err(_) => Err(Refusal::InvalidRequest("a parameter came twice")),
        }
    }

    /// The value of `name`, which must be there: `missing` says that it is not.
    pub(crate) fn required(&self, name: &str, missing: &'static str) -> Result<&str, Refusal> {
        self.get(name)?.ok_or(Refusal::InvalidRequest(missing))
    }

    /// The value of a field of one of our own pages; empty when it was not sent once.
    pub(crate) fn own(&self, name: &str) -> &str {
        self.0.text(name).ok().flatten().unwrap_or_default()
    }
}

/// Those of a page's own form; what is no text was not sent by one.
pub(crate) fn of_page(request: &Request) -> domain::Result<Fields> {
    request.fields().map(Fields).map_err(|_| Error::malformed("the body is not UTF-8"))
}
