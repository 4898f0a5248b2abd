//! What template.yaml lets each function do, held against every call that it makes to DynamoDB: a call that IAM would refuse
//! is refused here, in the same words, so that a story which needs a right that is not given fails.
//!
//! Conditions are those that the template has: `ForAllValues:StringLike` on `dynamodb:LeadingKeys`
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html>). Everything in a role
//! that is not about DynamoDB is left to AWS.

mod asked;

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use local::template::{Role, Statement, Template};
use serde_json::{Value, json};

use crate::between::{self, Between};
use asked::Asked;

/// The roles of every function.
#[derive(Clone, Debug)]
pub struct Roles(Arc<Template>);

impl Roles {
    /// Those of a template.
    #[must_use]
    pub fn of(template: &Template) -> Self {
        Self(Arc::new(template.clone()))
    }

    /// The same client, which keeps each function to its role. Whoever is no function of the template may do anything.
    #[must_use]
    pub fn around(&self, client: SharedHttpClient) -> SharedHttpClient {
        between::around(client, self.clone())
    }

    /// What of a request the function that signed it may not do.
    fn refused(&self, request: &HttpRequest) -> Option<String> {
        let function = signer(request)?;
        let role = self.0.role_of(function)?;
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).ok()?;
        let asked = asked::of(&self.0, between::operation(request), &body);
        let refused = asked.iter().find(|asked| !allows(role, asked))?;
        Some(format!("{} may not {refused}", role.logical_id))
    }
}

impl Between for Roles {
    fn call(&self, request: HttpRequest, service: &SharedHttpConnector) -> HttpConnectorFuture {
        let Some(refused) = self.refused(&request) else { return service.call(request) };
        let body = json!({"__type": "com.amazon.coral.service#AccessDeniedException", "message": refused});
        HttpConnectorFuture::ready(between::answer(400, &body.to_string()))
    }
}

/// Whose key signed it: `AWS4-HMAC-SHA256 Credential=orders/20261126/…`.
fn signer(request: &HttpRequest) -> Option<&str> {
    let authorization = request.headers().get("authorization")?;
    authorization.split_once("Credential=")?.1.split('/').next()
}

/// Whether a role allows it.
fn allows(role: &Role, asked: &Asked) -> bool {
    role.statements.iter().any(|statement| covers(statement, asked))
}

fn covers(statement: &Statement, asked: &Asked) -> bool {
    let is_like = |patterns: &[String], text: &str| patterns.iter().any(|pattern| like(pattern, text));
    is_like(&statement.actions, &asked.action)
        && is_like(&statement.resources, &asked.resource)
        && statement
            .leading_keys
            .as_ref()
            .is_none_or(|keys| asked.leading.iter().all(|key| is_like(keys, key)))
}

/// IAM's `StringLike`: `*` is any text, `?` one character.
fn like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    loop {
        match pattern.next() {
            None => return text.next().is_none(),
            Some('*') => {
                let rest = pattern.as_str();
                return std::iter::successors(Some(text.as_str()), |left| left.get(first_len(left)?..))
                    .any(|left| like(rest, left));
            }
            Some('?') => match text.next() {
                Some(_) => {}
                None => return false,
            },
            Some(expected) if text.next() == Some(expected) => {}
            Some(_) => return false,
        }
    }
}

fn first_len(text: &str) -> Option<usize> {
    text.chars().next().map(char::len_utf8)
}

#[cfg(test)]
mod tests;
