//! Keeps web pages of other sites away from the local stack: a browser would send them here without asking anyone.
//!
//! A request must name loopback as its `Host`, so that a page cannot reach the API under a name of its own that it
//! points at 127.0.0.1 (DNS rebinding); and an `Origin`, which browsers add, must be loopback too.

use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};
use http::{StatusCode, Uri};
use lambda_http::Body;
use serde_json::json;
use web::Payload;

use crate::gateway::Answer;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Host,
    Origin,
}

/// The refusal of a request that does not come from this machine's own user; `None`: it may pass.
pub(crate) fn refuse(uri: &Uri, headers: &HeaderMap) -> Option<Answer> {
    check(uri, headers).err().map(|refusal| problem(refusal, uri.path()))
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    // HTTP/2 names the host in the request's target, HTTP/1.1 in the header; whoever sends both must mean one.
    let named = headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let mut hosts = named.chain(uri.authority().map(|authority| authority.as_str())).peekable();
    if hosts.peek().is_none() || !hosts.all(is_loopback) {
        return Err(Refusal::Host);
    }
    let mut origins = headers.get_all(ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
    if !origins.all(|origin| origin.split_once("://").is_some_and(|(_, host)| is_loopback(host))) {
        return Err(Refusal::Origin);
    }
    Ok(())
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_loopback(host: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && !name.ends_with(':') => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || name == "127.0.0.1" || name == "[::1]"
}

fn problem(refusal: Refusal, path: &str) -> Answer {
    let detail = match refusal {
        Refusal::Host => "The local stack answers only to localhost, 127.0.0.1 and [::1].",
        Refusal::Origin => "The local stack answers only to pages of this machine.",
    };
    let body = json!({
        "type": "https://petstoreapi.com/errors/forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": detail,
        "instance": path,
    });
    let mut answer = Answer::new(Payload::Whole(Body::Text(body.to_string())));
    *answer.status_mut() = StatusCode::FORBIDDEN;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = http::Request::get("/v1/orders");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts.uri, &parts.headers)
    }

    #[test]
    fn loopback_names_pass() {
        for host in ["localhost", "localhost:3000", "LOCALHOST:3000", "127.0.0.1:3000", "[::1]:3000", "[::1]"]
        {
            assert_eq!(checked(&[("host", host)]), Ok(()), "{host}");
        }
    }

    #[test]
    fn other_names_do_not() {
        for host in [
            "petstore.example",
            "localhost.example:3000",
            "127.0.0.1.example",
            "0.0.0.0:3000",
            "evil@localhost",
            "localhost:3000:80",
            "127.0.0.2",
            "",
            ":3000",
            "localhost:",
            "::1",
        ] {
            assert_eq!(checked(&[("host", host)]), Err(Refusal::Host), "{host}");
        }
        assert_eq!(checked(&[]), Err(Refusal::Host));
        assert_eq!(checked(&[("host", "localhost"), ("host", "evil.example")]), Err(Refusal::Host));
    }

    #[test]
    fn pages_of_this_machine_pass_and_others_do_not() {
        let with = |origin| checked(&[("host", "localhost:3000"), ("origin", origin)]);
        assert_eq!(with("http://localhost:5173"), Ok(()));
        assert_eq!(with("http://127.0.0.1:3000"), Ok(()));
        for origin in
            ["https://evil.example", "null", "", "http://localhost.evil.example", "http://localhost@evil"]
        {
            assert_eq!(with(origin), Err(Refusal::Origin), "{origin}");
        }
    }

    #[test]
    fn the_name_in_the_target_counts_too() {
        let uri = Uri::from_static("http://evil.example/v1/orders");
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
        assert_eq!(check(&uri, &headers), Err(Refusal::Host));
    }
}
