//! Events that `lambda_http` would panic on. It expects the gateway's raw query to be valid in a URI; a client may
//! send `?q=<b>`, and the panic would be a function error of ours instead of an answer.

use lambda_http::LambdaEvent;
use lambda_http::request::LambdaRequest;

/// The event with what no query may hold percent-encoded.
pub(super) fn tame(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload
        && let Some(query) = &mut request.raw_query_string
        && !query.chars().all(is_query)
    {
        *query = query.chars().map(encoded).collect();
    }
    event
}

/// What `http::Uri` takes in a query, without the `#` that would end it.
const fn is_query(c: char) -> bool {
    matches!(c, '!' | '$'..=';' | '=' | '?'..='~') || !c.is_ascii()
}

fn encoded(c: char) -> String {
    if is_query(c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) }
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
    use lambda_http::request::LambdaRequest;
    use lambda_http::{Context, LambdaEvent, Request};

    use super::tame;

    fn query(raw: &str) -> String {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some("/v1/pets".to_owned());
        event.raw_query_string = Some(raw.to_owned());
        let event = LambdaEvent::new(LambdaRequest::ApiGatewayV2(event), Context::default());
        let request: Request = tame(event).payload.into();
        request.uri().query().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_no_query_may_hold_is_encoded() {
        assert_eq!(query("q=<b> \"c\"#d"), "q=%3Cb%3E%20%22c%22%23d");
        assert_eq!(query("q=a%20b+c&page=1"), "q=a%20b+c&page=1");
    }

    proptest::proptest! {
        #[test]
        fn any_query_becomes_a_request(raw: String) {
            query(&raw);
        }
    }
}
