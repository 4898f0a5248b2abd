//! Form-encoded parameters, as Stripe takes them.

use url::form_urlencoded::Serializer;

/// Parameters of one call. They may hold a card number: a form has no `Debug` and goes nowhere but to Stripe.
pub(super) struct Form(String);

impl Form {
    pub(super) fn new() -> Self {
        Self(String::new())
    }

    /// Adds a parameter.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        Serializer::new(&mut self.0).append_pair(name, value);
        self
    }

    /// Adds a parameter that there may be.
    pub(super) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn encode(self) -> String {
        self.0
    }
}
