//! The sample events of `infra/events`, filled in with what a test made: still what Lambda hands over.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::{BoxError, Result};

/// A sample event as the repository has it.
///
/// # Errors
/// When there is no such file, or it is no JSON.
pub fn sample(name: &str) -> Result<Json> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/events"));
    let text = std::fs::read(folder.join(name).with_extension("json"))
        .map_err(|error| BoxError::from(format!("infra/events/{name}.json: {error}")))?;
    Ok(serde_json::from_slice(&text)?)
}

/// An HTTP request as API Gateway's payload format 2.0.
#[derive(Clone, Debug)]
pub struct HttpEvent(Json);

impl HttpEvent {
    /// The request of a sample.
    ///
    /// # Errors
    /// As [`sample`].
    pub fn sample(name: &str) -> Result<Self> {
        sample(name).map(Self)
    }

    /// A request of `method` and `path` that came by the gateway's `route`; `?` begins a query.
    ///
    /// # Errors
    /// As [`sample`].
    pub fn new(method: &str, route: &str, path: &str) -> Result<Self> {
        let mut event = Self::sample("get-order")?;
        event.0["requestContext"]["http"]["method"] = method.into();
        event.0["routeKey"] = route.into();
        event.0["requestContext"]["routeKey"] = route.into();
        Ok(event.path(path))
    }

    /// The same request to another path of its route.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.0["rawPath"] = path.into();
        self.0["rawQueryString"] = query.into();
        self.0["requestContext"]["http"]["path"] = path.into();
        let parameters = parameters(self.0["routeKey"].as_str().unwrap_or_default(), path);
        if let Some(event) = self.0.as_object_mut() {
            event.remove("pathParameters");
            let some = (!parameters.is_empty()).then_some(parameters);
            event.extend(some.map(|parameters| ("pathParameters".to_owned(), parameters.into())));
        }
        self
    }

    /// With this header, named in lower case as the gateway does.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = value.into();
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn body(mut self, body: &Json) -> Self {
        let text = body.to_string();
        self.0["headers"]["content-type"] = "application/json".into();
        self.0["headers"]["content-length"] = text.len().to_string().into();
        self.0["body"] = text.into();
        self
    }

    /// With this body, which is no text: as base64, as the gateway sends it.
    #[must_use]
    pub fn bytes(mut self, media: &str, bytes: &[u8]) -> Self {
        self.0["headers"]["content-type"] = media.into();
        self.0["headers"]["content-length"] = bytes.len().to_string().into();
        self.0["isBase64Encoded"] = true.into();
        self.0["body"] = STANDARD.encode(bytes).into();
        self
    }

    /// With its JSON body changed by `change`.
    ///
    /// # Errors
    /// When it has none.
    pub fn change_body(self, change: impl FnOnce(&mut Json)) -> Result<Self> {
        let mut body = serde_json::from_str(self.0["body"].as_str().unwrap_or_default())?;
        change(&mut body);
        Ok(self.body(&body))
    }

    /// The event.
    #[must_use]
    pub fn json(&self) -> &Json {
        &self.0
    }
}

/// What the parameters in `route` are in `path`.
fn parameters(route: &str, path: &str) -> Map<String, Json> {
    let pattern = route.split_once(' ').map_or(route, |(_, pattern)| pattern);
    let pairs = pattern.split('/').zip(path.split('/'));
    pairs
        .filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), value.into()))
        })
        .collect()
}

/// What a function answers to the gateway.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The JSON body; null when empty.
    pub body: Json,
}

impl HttpAnswer {
    /// Reads payload format 2.0.
    ///
    /// # Errors
    /// When it is something else, or its body is no JSON.
    pub fn read(answer: &Json) -> Result<Self> {
        let status = answer["statusCode"].as_u64().ok_or_else(|| format!("no HTTP answer: {answer}"))?;
        let headers = answer["headers"].as_object().into_iter().flatten();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let body = text(&answer["body"]);
        let bytes = match answer["isBase64Encoded"].as_bool() {
            Some(true) => STANDARD.decode(body)?,
            _ => body.into_bytes(),
        };
        Ok(Self {
            status: u16::try_from(status)?,
            headers: headers.map(|(name, value)| (name.to_lowercase(), text(value))).collect(),
            body: if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes)? },
        })
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A text member of the body; empty when it is missing.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }
}

/// Stream records as one invocation of the events function.
#[must_use]
pub fn stream_event(records: Vec<Json>) -> Json {
    json!({ "Records": records })
}

/// Message bodies, with their receipt handles, as one invocation of the delivery function.
///
/// # Errors
/// As [`sample`].
pub fn queue_event(messages: &[Message]) -> Result<Json> {
    let sample = sample("deliveries")?;
    let records = messages.iter().map(|message| message.record(&sample["Records"][0]));
    Ok(json!({ "Records": records.collect::<Vec<_>>() }))
}

/// A message as it came from a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it says.
    pub body: String,
    /// What deletes it.
    pub receipt: String,
    /// How often it was received.
    pub receives: u32,
}

impl Message {
    /// One that says this and was received once.
    #[must_use]
    pub fn of(body: &str) -> Self {
        let [id, receipt] = ["1", "receipt"].map(str::to_owned);
        Self { id, body: body.to_owned(), receipt, receives: 1 }
    }

    fn record(&self, sample: &Json) -> Json {
        let mut record = sample.clone();
        record["messageId"] = self.id.as_str().into();
        record["receiptHandle"] = self.receipt.as_str().into();
        record["body"] = self.body.as_str().into();
        record["attributes"]["ApproximateReceiveCount"] = self.receives.to_string().into();
        record["attributes"]["SentTimestamp"] = platform::clock::now().as_ms().to_string().into();
        // The sample's is that of the sample's body; the function has no use for it.
        if let Some(record) = record.as_object_mut() {
            record.remove("md5OfBody");
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HttpAnswer, HttpEvent, sample};

    #[test]
    fn every_sample_is_json_with_records_or_a_route_or_a_source() {
        for name in ["post-order", "get-order", "post-payment", "post-callback"] {
            assert!(sample(name).unwrap()["routeKey"].is_string(), "{name}");
        }
        for name in ["stream", "deliveries"] {
            assert!(sample(name).unwrap()["Records"].is_array(), "{name}");
        }
        assert_eq!(sample("schedule").unwrap()["detail-type"], "Scheduled Event");
    }

    #[test]
    fn a_path_fills_the_parameters_of_its_route() {
        let event =
            HttpEvent::new("GET", "ANY /v1/orders/{id}/events", "/v1/orders/7/events?limit=1").unwrap();
        assert_eq!(event.json()["pathParameters"], json!({"id": "7"}));
        assert_eq!(event.json()["rawPath"], "/v1/orders/7/events");
        assert_eq!(event.json()["rawQueryString"], "limit=1");
        let event = event.path("/nowhere");
        assert_eq!(event.json().get("pathParameters"), None);
    }

    #[test]
    fn answers_are_read_with_and_without_base64() {
        let plain = HttpAnswer::read(
            &json!({"statusCode": 200, "headers": {"ETag": "\"1\""}, "body": "{\"a\":1}", "isBase64Encoded": false}),
        );
        let plain = plain.unwrap();
        assert_eq!((plain.status, plain.header("etag"), &plain.body), (200, Some("\"1\""), &json!({"a": 1})));
        let encoded = json!({"statusCode": 200, "headers": {}, "body": "e30=", "isBase64Encoded": true});
        assert_eq!(HttpAnswer::read(&encoded).unwrap().body, json!({}));
        assert!(HttpAnswer::read(&json!({"errorMessage": "x"})).is_err());
    }
}
