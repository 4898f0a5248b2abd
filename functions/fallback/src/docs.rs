//! The documentation site at `/docs`: files for browsers. No token is read, no pool is asked, nothing is JSON, so it
//! does not go through the API's edge.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use lambda_http::{Body, Request, Response};
use site::File;

/// Where the site is.
const ROOT: &str = "/docs/";
/// Seconds for which a file may be used without asking again.
const CACHED: &str = "public, max-age=300";

/// The answer to a request for the site of the API at `server`; `None`: it is for the API.
pub(crate) fn answer(request: &Request, server: &str) -> Option<Response<Body>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let mut response = match request.uri().path() {
        "/" | "/docs" => moved(),
        path => file(site::find(path.strip_prefix(ROOT)?)?, request.headers(), server),
    };
    if *request.method() == Method::HEAD {
        *response.body_mut() = Body::Empty;
    }
    tracing::info!(method = %request.method(), status = response.status().as_u16(), "documentation");
    Some(response)
}

fn moved() -> Response<Body> {
    with(Response::new(Body::Empty), StatusCode::PERMANENT_REDIRECT, &[(header::LOCATION, ROOT)])
}

fn file(file: &File, asked: &HeaderMap, server: &str) -> Response<Body> {
    // A guide has the server's address in it.
    let tag = format!("\"{}@{server}\"", file.tag);
    let common = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, CACHED),
        (header::VARY, "accept-encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, file.policy()),
    ];
    if values(asked, &header::IF_NONE_MATCH).any(|value| value.contains(&tag) || value == "*") {
        return with(Response::new(Body::Empty), StatusCode::NOT_MODIFIED, &common);
    }
    let coding = takes_gzip(asked).then_some((header::CONTENT_ENCODING, "gzip"));
    let content = match coding {
        Some(_) => file.gzip_for(server).map(Cow::into_owned),
        None => file.content_for(server),
    };
    let Ok(content) = content else {
        return with(Response::new(Body::Empty), StatusCode::INTERNAL_SERVER_ERROR, &common);
    };
    let own = [(header::CONTENT_TYPE, file.media)].into_iter().chain(coding);
    let headers: Vec<_> = common.into_iter().chain(own).collect();
    with(Response::new(Body::Binary(content)), StatusCode::OK, &headers)
}

fn with(mut response: Response<Body>, status: StatusCode, headers: &[(HeaderName, &str)]) -> Response<Body> {
    *response.status_mut() = status;
    let headers =
        headers.iter().filter_map(|(name, value)| Some((name.clone(), HeaderValue::from_str(value).ok()?)));
    response.headers_mut().extend(headers);
    response
}

/// Whether `gzip` is a coding that the client takes (RFC 9110 section 12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    values(asked, &header::ACCEPT_ENCODING).flat_map(|list| list.split(',')).any(|element| {
        let (coding, weight) = element.split_once(';').unwrap_or((element, "q=1"));
        let weight = weight.trim().trim_start_matches(['q', 'Q', '=']).parse();
        coding.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight: f32| weight > 0.0)
    })
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests;
