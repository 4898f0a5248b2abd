use http::Method;

use super::{Found, Tenancy, find, route};

const ROUTES: &[super::Route] = &[
    route("GET", "/v1/orders", "GET, POST"),
    route("GET", "/v1/orders/{id}", "GET, POST, DELETE"),
    route("DELETE", "/v1/orders/{id}", "GET, POST, DELETE"),
    route("GET", "/v1/orders/{id}/callbacks/{requestId}", "GET"),
    route("GET", "/v1/webhooks/{id}", "GET"),
    route("GET", "/v1/webhooks/callback-secret", "GET"),
];

fn found(method: Method, path: &str) -> String {
    match find(ROUTES, &method, path) {
        Found::Operation(matched) => {
            format!("{} {} {:?}", matched.route.method, matched.route.path, matched.params)
        }
        Found::Options { path, allow } => format!("options {path} [{allow}]"),
        Found::OtherMethod { path, allow } => format!("other {path} [{allow}]"),
        Found::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn finds_the_operation_and_its_parameters() {
    assert_eq!(found(Method::GET, "/v1/orders"), "GET /v1/orders []");
    assert_eq!(found(Method::DELETE, "/v1/orders/7"), r#"DELETE /v1/orders/{id} [("id", "7")]"#);
    assert_eq!(
        found(Method::GET, "/v1/orders/7/callbacks/8"),
        r#"GET /v1/orders/{id}/callbacks/{requestId} [("id", "7"), ("requestId", "8")]"#
    );
}

#[test]
fn head_is_served_where_get_is() {
    assert_eq!(found(Method::HEAD, "/v1/orders"), "GET /v1/orders []");
}

#[test]
fn a_literal_segment_wins() {
    assert_eq!(found(Method::GET, "/v1/webhooks/callback-secret"), "GET /v1/webhooks/callback-secret []");
}

#[test]
fn other_methods_are_told_every_method_of_the_path() {
    let allow = "[GET, HEAD, POST, DELETE, OPTIONS]";
    assert_eq!(found(Method::PUT, "/v1/orders/7"), format!("other /v1/orders/{{id}} {allow}"));
    assert_eq!(found(Method::POST, "/v1/orders/7"), format!("other /v1/orders/{{id}} {allow}"));
    assert_eq!(found(Method::OPTIONS, "/v1/orders/7"), format!("options /v1/orders/{{id}} {allow}"));
}

#[test]
fn other_paths_are_nothing() {
    for path in
        ["", "/", "/v1", "/v1/orders/", "/v1//orders", "/V1/orders", "/v1/orders/7/", "/v1/orders/7/x"]
    {
        assert_eq!(found(Method::GET, path), "nothing", "{path}");
        assert_eq!(found(Method::OPTIONS, path), "nothing", "{path}");
    }
}

#[test]
fn writes_need_a_tenant_that_exists() {
    assert_eq!(route("GET", "/", "GET").tenancy, Tenancy::Any);
    assert_eq!(route("QUERY", "/", "QUERY").tenancy, Tenancy::Any);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(route(method, "/", method).tenancy, Tenancy::MustExist);
    }
}

proptest::proptest! {
    #[test]
    fn any_path_is_read_without_a_panic(path: String) {
        find(ROUTES, &Method::GET, &path);
    }
}
