//! Paths and their operations.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::response::Responses;
use crate::schema::Schemas;

/// The methods an OpenAPI 3.1 path item can have, and the one that it cannot, which we describe as an extension.
pub const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace", "x-query"];

/// The method of a path item's member: `QUERY` of `x-query`.
#[must_use]
pub fn method_of(member: &str) -> String {
    member.trim_start_matches("x-").to_ascii_uppercase()
}

/// A path with the answers of its operations.
#[derive(Debug)]
pub(crate) struct PathItem {
    /// `/v1/orders/{id}`.
    pub(crate) path: String,
    /// By method, in capitals.
    operations: BTreeMap<String, Responses>,
}

impl PathItem {
    pub(crate) fn compile(
        path: &str,
        item: &Value,
        document: &Value,
        schemas: &mut Schemas,
    ) -> Result<Self, String> {
        let of = |method: &&str| Some((method_of(method), item.get(*method)?));
        let operations = METHODS.iter().filter_map(of).map(|(method, operation)| {
            let responses = Responses::compile(&operation["responses"], document, schemas);
            Ok((method, responses.map_err(|reason| format!("{path}: {reason}"))?))
        });
        Ok(Self { path: path.to_owned(), operations: operations.collect::<Result<_, String>>()? })
    }

    /// The answers of `method`; `HEAD` is `GET`.
    pub(crate) fn operation(&self, method: &str) -> Option<&Responses> {
        self.operations.get(if method == "HEAD" { "GET" } else { method })
    }

    /// How many parameters `path` fills; `None` when it is another path.
    fn fit(&self, path: &str) -> Option<usize> {
        let (pattern, path): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), path.split('/').collect());
        let is_parameter = |expected: &str| expected.starts_with('{');
        let fits = |(expected, found): (&&str, &&str)| {
            expected == found || is_parameter(expected) && !found.is_empty()
        };
        let fits = pattern.len() == path.len() && pattern.iter().zip(&path).all(fits);
        fits.then(|| pattern.iter().filter(|expected| is_parameter(expected)).count())
    }
}

/// The most literal path that fits: `/v1/webhooks/callback-secret` before `/v1/webhooks/{id}`.
pub(crate) fn find<'p>(items: &'p [PathItem], path: &str) -> Option<&'p PathItem> {
    items
        .iter()
        .filter_map(|item| Some((item.fit(path)?, item)))
        .min_by_key(|(count, _)| *count)
        .map(|(_, i)| i)
}
