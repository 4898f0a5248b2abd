//! A user's browser, as far as our pages need one: it keeps a cookie and sends forms back.

use bytes::Bytes;
use e2e::{Api, Reply, World};
use http::Method;
use serde_json::Value;

use super::{PASSWORD, USER};

/// What forms are sent as.
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A browser with nothing in it.
pub(crate) struct Browser {
    api: Api,
    cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        Self { api: world.guest(), cookie: None }
    }

    /// Follows a link.
    pub(crate) async fn open(&mut self, path: &str) -> Reply {
        let cookie = self.cookie.clone();
        let headers: Vec<_> = cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
        let reply = self.api.call(Method::GET, path, &Value::Null, &headers).await;
        self.keep(&reply);
        reply
    }

    /// Sends the form of `page` with these fields.
    pub(crate) async fn send(&mut self, page: &Reply, fields: &[(&str, &str)]) -> Reply {
        let html = text(page);
        let ticket = between(&html, "name=\"ticket\" value=\"", "\"");
        let path = between(&html, "method=\"post\" action=\"", "\"");
        let fields = [&[("ticket", ticket.as_str())], fields].concat();
        self.post(&path, &fields).await
    }

    /// Posts these fields.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let cookie = self.cookie.clone();
        let mut headers = vec![FORM];
        headers.extend(cookie.iter().map(|cookie| ("cookie", cookie.as_str())));
        let reply = self.api.send(Method::POST, path, form(fields), &headers).await;
        self.keep(&reply);
        reply
    }

    /// Signs in as [`USER`].
    pub(crate) async fn sign_in(&mut self, page: &Reply) -> Reply {
        self.send(page, &[("action", "sign-in"), ("username", USER), ("password", PASSWORD)]).await
    }

    /// The cookie, as it is sent.
    pub(crate) fn cookie(&self) -> String {
        self.cookie.clone().unwrap_or_default()
    }

    fn keep(&mut self, reply: &Reply) {
        let sent = reply.headers.get("set-cookie").map(|value| value.to_str().unwrap());
        self.cookie = sent.map(|line| line.split(';').next().unwrap().to_owned()).or(self.cookie.take());
    }
}

/// Fields as a body.
pub(crate) fn form(fields: &[(&str, &str)]) -> Bytes {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    Bytes::from(pairs.collect::<Vec<_>>().join("&"))
}

/// A value in a form or a query.
pub(crate) fn encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

/// The page's HTML.
pub(crate) fn text(page: &Reply) -> String {
    String::from_utf8(page.body.to_vec()).unwrap()
}

/// What stands between two texts.
pub(crate) fn between(html: &str, before: &str, after: &str) -> String {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split(after).next().unwrap().to_owned()
}

/// A parameter of the URL that an answer leads to; empty when it is not there.
pub(crate) fn parameter(reply: &Reply, name: &str) -> String {
    let query = reply.header("location").split_once('?').map_or("", |(_, query)| query).to_owned();
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned));
    let value = value.unwrap_or_default().replace('+', " ");
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap();
        bytes.push(if byte == b'%' { u8::try_from(digit() * 16 + digit()).unwrap() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}
