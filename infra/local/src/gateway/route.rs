//! Which route answers a request: the most specific one, as an HTTP API picks it.
//!
//! A route must fit method and path. Of those that do, literal segments win over `{parameters}` from left to right,
//! `{greedy+}` comes after both, an explicit method wins over `ANY` on the same path, and `$default` is last.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The routes of an API.
#[derive(Debug)]
pub(crate) struct Routes {
    /// Most specific first.
    routes: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    route: Route,
    segments: Vec<Segment>,
}

/// In the order in which they win.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

/// A route that answers, and what its parameters hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Matched<'a> {
    pub(crate) route: &'a Route,
    pub(crate) parameters: HashMap<String, String>,
}

impl Routes {
    pub(crate) fn new<'a>(routes: impl Iterator<Item = &'a Route>) -> Self {
        let mut routes: Vec<_> = routes.cloned().map(compile).collect();
        routes.sort_by_key(Compiled::rank);
        Self { routes }
    }

    /// The route for a request; `path` is as the client sent it, still percent-encoded.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Matched<'_>> {
        let segments: Vec<_> = path.trim_start_matches('/').split('/').collect();
        self.routes.iter().find_map(|candidate| candidate.matches(method, &segments))
    }
}

fn compile(route: Route) -> Compiled {
    let segments = route.path.trim_start_matches('/').split('/').map(segment).collect();
    Compiled { route, segments }
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Parameter(name.to_owned()),
        },
        None => Segment::Literal(text.to_owned()),
    }
}

impl Compiled {
    fn is_default(&self) -> bool {
        self.route.path == "$default"
    }

    /// What sorts first wins: kinds of segments, then longer paths, then explicit methods.
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        let kind = |segment: &Segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 2,
        };
        (self.is_default(), self.segments.iter().map(kind).collect(), self.route.method == "ANY")
    }

    fn matches(&self, method: &str, path: &[&str]) -> Option<Matched<'_>> {
        if self.route.method != "ANY" && self.route.method != method {
            return None;
        }
        let parameters = if self.is_default() { HashMap::new() } else { self.parameters(path)? };
        Some(Matched { route: &self.route, parameters })
    }

    fn parameters(&self, path: &[&str]) -> Option<HashMap<String, String>> {
        let greedy = matches!(self.segments.last(), Some(Segment::Greedy(_)));
        if !greedy && path.len() != self.segments.len() {
            return None;
        }
        let mut parameters = HashMap::new();
        for (place, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Literal(text) => (path.get(place)? == text).then_some(())?,
                Segment::Parameter(name) => {
                    let value = path.get(place).filter(|value| !value.is_empty())?;
                    parameters.insert(name.clone(), decode(value));
                }
                Segment::Greedy(name) => {
                    let rest = path.get(place..).filter(|rest| rest.iter().any(|text| !text.is_empty()))?;
                    parameters.insert(name.clone(), decode(&rest.join("/")));
                }
            }
        }
        Some(parameters)
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |(method, path, function): (&str, &str, &str)| Route {
            method: method.to_owned(),
            path: path.to_owned(),
            function: function.to_owned(),
        };
        let all = [
            ("ANY", "$default", "fallback"),
            ("ANY", "/files/{path+}", "files"),
            ("ANY", "/v1/orders/{id}", "orders"),
            ("POST", "/v1/orders/{id}", "callbacks"),
            ("ANY", "/v1/orders", "orders"),
            ("ANY", "/v1/webhooks/{id}", "webhook"),
            ("ANY", "/v1/webhooks/callback-secret", "secret"),
            ("ANY", "/v1/orders/{id}/payment", "payments"),
        ]
        .map(route);
        Routes::new(all.iter())
    }

    fn function(method: &str, path: &str) -> String {
        routes().find(method, path).unwrap().route.function.clone()
    }

    #[test]
    fn the_most_specific_route_answers() {
        assert_eq!(function("POST", "/v1/orders"), "orders");
        assert_eq!(function("GET", "/v1/orders/1"), "orders");
        assert_eq!(function("POST", "/v1/orders/1"), "callbacks");
        assert_eq!(function("QUERY", "/v1/orders/1"), "orders");
        assert_eq!(function("POST", "/v1/orders/1/payment"), "payments");
        assert_eq!(function("GET", "/v1/webhooks/callback-secret"), "secret");
        assert_eq!(function("GET", "/v1/webhooks/1"), "webhook");
        assert_eq!(function("GET", "/files/a/b"), "files");
    }

    #[test]
    fn everything_else_goes_to_the_default_route() {
        for path in
            ["/", "/v1/orders/", "/v1/orders/1/", "/v1/orders/1/payment/2", "/V1/orders", "/files/", "//v2"]
        {
            assert_eq!(function("GET", path), "fallback", "{path}");
        }
    }

    #[test]
    fn parameters_arrive_decoded() {
        let routes = routes();
        let matched = routes.find("GET", "/v1/orders/a%20b").unwrap();
        assert_eq!(matched.parameters, HashMap::from([("id".to_owned(), "a b".to_owned())]));
        let matched = routes.find("GET", "/files/a/b").unwrap();
        assert_eq!(matched.parameters, HashMap::from([("path".to_owned(), "a/b".to_owned())]));
    }

    #[test]
    fn without_a_default_route_nothing_answers() {
        assert_eq!(Routes::new(std::iter::empty()).find("GET", "/"), None);
    }
}
