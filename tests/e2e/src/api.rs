//! The API as somebody calls it: every exchange is held against the OpenAPI document.

use bytes::Bytes;
use contract::Openapi;
use http::Method;
use local::client::{Client, Reply};
use serde_json::Value;

/// A caller of the API.
#[derive(Clone, Debug)]
pub struct Api(pub Client);

impl Api {
    /// Sends a JSON body (null: none).
    ///
    /// # Panics
    /// When no answer comes, or one that the OpenAPI document does not allow.
    pub async fn call(&self, method: Method, path: &str, body: &Value, headers: &[(&str, &str)]) -> Reply {
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        self.send(method, path, bytes, headers).await
    }

    /// Sends these bytes.
    ///
    /// # Panics
    /// As [`Api::call`].
    #[expect(clippy::unwrap_used, clippy::panic, reason = "a test without an answer has failed")]
    pub async fn send(&self, method: Method, path: &str, body: Bytes, headers: &[(&str, &str)]) -> Reply {
        let reply = self.0.send(method.clone(), path, body, headers).await.unwrap();
        let bare = path.split('?').next().unwrap_or(path);
        let checked = Openapi::shared().unwrap().check(
            method.as_str(),
            bare,
            reply.status.as_u16(),
            &reply.headers,
            &reply.body,
        );
        if let Err(breach) = checked {
            panic!("{method} {path} → {}: {breach}\n{}", reply.status, String::from_utf8_lossy(&reply.body));
        }
        reply
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &Value::Null, &[]).await
    }

    /// `POST path`.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, body, &[]).await
    }

    /// `POST path` under an idempotency key.
    pub async fn post_once(&self, path: &str, body: &Value, key: &str) -> Reply {
        self.call(Method::POST, path, body, &[("idempotency-key", key)]).await
    }

    /// `PUT path`.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PUT, path, body, &[]).await
    }

    /// `PATCH path`.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PATCH, path, body, &[]).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, &Value::Null, &[]).await
    }
}

/// The machine-readable reason of a problem, `errors[0].code`; empty when it has none.
#[must_use]
pub fn code(reply: &Reply) -> String {
    reply.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}
