//! One request and the head of its answer, on a kept connection where there is one.

use bytes::Bytes;
use domain::target::TargetUrl;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;

use super::answer::FailureKind;
use super::connect::{Connection, Connector};
use super::pool::Pool;

/// What frames the message or speaks about the connection is ours to say (RFC 9112): a receiver's owner who could
/// add these to their deliveries could make one connection's two ends disagree about where a message ends.
const OURS: [header::HeaderName; 7] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
];

/// Sends the request and waits for the head of its answer.
///
/// A kept connection may have ended unnoticed. When it did so before a byte was written, the request comes back
/// and goes out on the next one; once a byte may have been written, sending again could deliver twice, and
/// whether to do so is for the retry schedule to say.
pub(super) async fn run(
    connector: &Connector,
    pool: &Pool,
    target: &TargetUrl,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(Response<Incoming>, Connection), FailureKind> {
    let mut request = request(target, headers, body)?;
    let origin = target.origin();
    while let Some(mut kept) = pool.take(&origin).await {
        match kept.sender.try_send_request(request).await {
            Ok(response) => return Ok((response, kept)),
            Err(mut error) => request = error.take_message().ok_or(FailureKind::Protocol)?,
        }
    }
    let mut fresh = connector.connect(target).await?;
    let response = fresh.sender.send_request(request).await.map_err(|_| FailureKind::Protocol)?;
    Ok((response, fresh))
}

/// The request in origin form: what a server expects, and what a proxy could do nothing with.
fn request(target: &TargetUrl, headers: HeaderMap, body: Bytes) -> Result<Request<Full<Bytes>>, FailureKind> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.path_and_query().parse().map_err(|_| FailureKind::Protocol)?;
    *request.headers_mut() = headers;
    for name in &OURS {
        request.headers_mut().remove(name);
    }
    let host = HeaderValue::from_str(target.authority()).map_err(|_| FailureKind::Protocol)?;
    request.headers_mut().insert(header::HOST, host);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::target::{AddressPolicy, TargetUrl};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::request;

    #[test]
    fn headers_that_frame_the_message_are_ours() {
        let target = TargetUrl::parse("http://localhost:81/a?b", AddressPolicy::Any, &[]).unwrap();
        let mut headers = HeaderMap::new();
        for name in ["host", "connection", "content-length", "transfer-encoding", "x-theirs"] {
            headers.insert(name, HeaderValue::from_static("chunked"));
        }
        let request = request(&target, headers, Bytes::new()).unwrap();
        let sent = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        assert_eq!(sent.collect::<Vec<_>>(), [("x-theirs", "chunked"), ("host", "localhost:81")]);
        assert_eq!(request.uri(), "/a?b");
    }

    proptest! {
        #[test]
        fn every_target_makes_a_request(rest in "[/?][^#\\\\\\pC\\pZ]{0,40}") {
            let text = format!("https://shop.example.com{rest}");
            let target = TargetUrl::parse(&text, AddressPolicy::PublicOnly, &[]).unwrap();
            prop_assert!(request(&target, HeaderMap::new(), Bytes::new()).is_ok(), "{}", target.as_str());
        }
    }
}
