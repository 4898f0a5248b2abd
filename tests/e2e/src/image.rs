//! Images as clients send them: in a form, or put to S3 with a request that they were given.

use bytes::Bytes;
use http::Method;
use local::client::{Client, Reply};
use serde_json::Value;

use crate::Api;

const BOUNDARY: &str = "----a-browsers-boundary";

/// A form with these parts, each with its name and its bytes, and how it is declared.
#[must_use]
pub fn form(parts: &[(&str, &[u8])]) -> (String, Bytes) {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"max.jpg\"\r\n"
        );
        body.extend([head.as_bytes(), b"Content-Type: image/jpeg\r\n\r\n", bytes, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), Bytes::from(body))
}

impl Api {
    /// Sends a form with these parts as an image of `pet`.
    pub async fn parts(&self, pet: &str, parts: &[(&str, &[u8])]) -> Reply {
        let (media, body) = form(parts);
        self.send(Method::POST, &format!("/v1/pets/{pet}/images"), body, &[("content-type", &media)]).await
    }

    /// Sends `bytes` as an image of `pet`.
    pub async fn image(&self, pet: &str, bytes: &[u8]) -> Reply {
        self.parts(pet, &[("file", bytes)]).await
    }
}

/// Sends the request that `begun` names, with `bytes`.
///
/// # Panics
/// When no answer comes.
#[expect(clippy::unwrap_used, reason = "a test without an answer has failed")]
pub async fn put(begun: &Value, bytes: &[u8]) -> Reply {
    let headers: Vec<_> = begun["headers"].as_object().into_iter().flatten().collect();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let client = Client::new(begun["url"].as_str().unwrap());
    client.send(Method::PUT, "", Bytes::copy_from_slice(bytes), &headers).await.unwrap()
}
