//! Which operations a function serves, and which of them a request means.

use http::Method;

/// What an operation asks of the pool it works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// A private tenant that does not exist yet is empty: reads, and the operation that founds a tenant.
    Any,
    /// A private tenant that does not exist is 404: writes.
    MustExist,
    /// Neither tenant nor token is looked at: public documents such as the JWKS.
    Unasked,
}

/// One operation: a method of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET`; HEAD is served wherever GET is.
    pub method: &'static str,
    /// `/v1/orders/{id}`.
    pub path: &'static str,
    /// Every method of the path over all functions, without HEAD and OPTIONS: `GET, POST, DELETE, PATCH`.
    pub allow: &'static str,
    /// Whether `Idempotency-Key` is honoured.
    pub idempotent: bool,
    /// What it asks of the pool.
    pub tenancy: Tenancy,
}

/// An operation that ignores `Idempotency-Key`; GET and QUERY read, every other method writes.
#[must_use]
pub const fn route(method: &'static str, path: &'static str, allow: &'static str) -> Route {
    let tenancy = match method.as_bytes() {
        b"GET" | b"QUERY" => Tenancy::Any,
        _ => Tenancy::MustExist,
    };
    Route { method, path, allow, idempotent: false, tenancy }
}

impl Route {
    /// The same operation, honouring `Idempotency-Key`.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The same operation with another rule about its pool.
    #[must_use]
    pub const fn tenancy(self, tenancy: Tenancy) -> Self {
        Self { tenancy, ..self }
    }
}

/// What a request means to this function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// This operation, with the path's parameters.
    Operation(Matched),
    /// OPTIONS of a path.
    Options { path: &'static str, allow: String },
    /// A path, but not this method of it.
    OtherMethod { path: &'static str, allow: String },
    /// No path.
    Nothing,
}

/// An operation and the parameters of its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) route: Route,
    pub(crate) params: Vec<(&'static str, String)>,
}

impl Found {
    /// The pattern of the path; what logs name instead of the path, which holds ids.
    pub(crate) const fn pattern(&self) -> Option<&'static str> {
        match self {
            Self::Operation(matched) => Some(matched.route.path),
            Self::Options { path, .. } | Self::OtherMethod { path, .. } => Some(*path),
            Self::Nothing => None,
        }
    }
}

pub(crate) fn find(routes: &[Route], method: &Method, path: &str) -> Found {
    let Some((best, params)) = best_path(routes, path) else { return Found::Nothing };
    let allow = allow(best.allow);
    if method == Method::OPTIONS {
        return Found::Options { path: best.path, allow };
    }
    let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
    match routes.iter().find(|route| route.path == best.path && route.method == wanted) {
        Some(route) => Found::Operation(Matched { route: *route, params }),
        None => Found::OtherMethod { path: best.path, allow },
    }
}

/// The most literal pattern that fits: `/v1/webhooks/callback-secret` before `/v1/webhooks/{id}`.
fn best_path<'r>(routes: &'r [Route], path: &str) -> Option<(&'r Route, Vec<(&'static str, String)>)> {
    let fits = routes.iter().filter_map(|route| Some((route, fit(route.path, path)?)));
    fits.min_by_key(|(_, params)| params.len())
}

fn fit(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut params = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => params.push((name, segment.to_owned())),
            None if segment == expected => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(params)
}

/// The `Allow` header: HEAD where GET is, and OPTIONS.
fn allow(methods: &str) -> String {
    let methods = methods.split(", ").chain(["OPTIONS"]);
    methods.map(|method| if method == "GET" { "GET, HEAD" } else { method }).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
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
}
