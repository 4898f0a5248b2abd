//! Every function's ROUTES, the template's routes and the document's operations are the same list.

use std::collections::{BTreeMap, BTreeSet};

use contract::{METHODS, document, method_of, resolve};
use local::template::Template;
use serde_json::Value;
use web::{Route, Tenancy};

/// Method and path.
type Operation = (String, String);

fn functions() -> [(&'static str, &'static [Route]); 10] {
    [
        ("orders", orders::ROUTES),
        ("payments", payments::ROUTES),
        ("callbacks", callbacks::ROUTES),
        ("pets", pets::ROUTES),
        ("images", images::ROUTES),
        ("webhooks", webhooks::ROUTES),
        ("users", users::ROUTES),
        ("oauth", oauth::ROUTES),
        ("chat", chat::ROUTES),
        ("fallback", fallback::ROUTES),
    ]
}

fn routes() -> impl Iterator<Item = (&'static str, &'static Route)> {
    functions().into_iter().flat_map(|(function, routes)| routes.iter().map(move |route| (function, route)))
}

fn named(route: &Route) -> Operation {
    (route.method.to_owned(), route.path.to_owned())
}

/// The document's operations, each with its parameters' names.
fn operations() -> BTreeMap<Operation, BTreeSet<String>> {
    let document = document().unwrap();
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let parameters = [&item["parameters"], &item[*method]["parameters"]];
            let parameters = parameters.into_iter().filter_map(Value::as_array).flatten();
            let names = parameters.map(|parameter| name(resolve(&document, parameter).unwrap()));
            operations.insert((method_of(method), path.clone()), names.collect());
        }
    }
    operations
}

fn name(parameter: &Value) -> String {
    format!("{} {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap())
}

#[test]
fn no_two_functions_serve_the_same_operation() {
    let mut seen = BTreeSet::new();
    for (function, route) in routes() {
        assert!(seen.insert(named(route)), "{function} serves {} {} too", route.method, route.path);
    }
}

#[test]
fn allow_names_every_method_of_the_path() {
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, route) in routes() {
        methods.entry(route.path).or_default().insert(route.method);
    }
    for (function, route) in routes() {
        let allow: BTreeSet<_> = route.allow.split(", ").collect();
        assert_eq!(allow, methods[route.path], "{function}: {} {}", route.method, route.path);
    }
}

#[test]
fn the_document_describes_every_operation_and_no_other() {
    let served: BTreeSet<_> = routes().map(|(_, route)| named(route)).collect();
    let described: BTreeSet<_> = operations().into_keys().collect();
    assert_eq!(served, described);
}

#[test]
fn the_document_has_the_headers_that_routes_honour() {
    let operations = operations();
    for (_, route) in routes() {
        let parameters = &operations[&named(route)];
        let operation = format!("{} {}", route.method, route.path);
        assert_eq!(parameters.contains("header Idempotency-Key"), route.idempotent, "{operation}");
        let has_pool = route.tenancy != Tenancy::Unasked;
        assert_eq!(parameters.contains("header X-Tenant-ID"), has_pool, "{operation}");
    }
}

#[test]
fn the_document_describes_every_path_parameter() {
    for ((method, path), parameters) in operations() {
        let described: BTreeSet<_> =
            parameters.iter().filter_map(|name| name.strip_prefix("path ")).collect();
        let expected = path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(described, expected, "{method} {path}");
    }
}

#[test]
fn the_document_has_the_version_of_the_code() {
    assert_eq!(document().unwrap()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_gateway_brings_each_path_to_its_owner_and_the_rest_to_fallback() {
    let template = Template::load().unwrap();
    let mut owners = BTreeMap::new();
    for route in template.routes().filter(|route| route.method == "ANY") {
        let other = owners.insert(route.path.clone(), route.function.clone());
        assert_eq!(other, None, "{} has two owners", route.path);
    }
    assert_eq!(owners.remove("$default").as_deref(), Some("fallback"));
    let paths: BTreeSet<_> = routes().map(|(_, route)| route.path).collect();
    assert_eq!(owners.keys().map(String::as_str).collect::<BTreeSet<_>>(), paths);
    for (path, owner) in &owners {
        let serves = |(function, route): (&str, &Route)| function == owner && route.path == path;
        assert!(routes().any(serves), "{owner} owns {path} and serves none of its methods");
    }
}

#[test]
fn explicit_routes_are_exactly_what_other_functions_serve() {
    let template = Template::load().unwrap();
    let owner = |path: &str| {
        let any = template.routes().find(|route| route.method == "ANY" && route.path == path);
        any.map(|route| route.function.as_str())
    };
    let expected: BTreeSet<_> = routes()
        .filter(|(function, route)| owner(route.path) != Some(function))
        .map(|(function, route)| (route.method.to_owned(), route.path.to_owned(), function.to_owned()))
        .collect();
    let explicit: BTreeSet<_> = template
        .routes()
        .filter(|route| route.method != "ANY")
        .map(|route| (route.method.clone(), route.path.clone(), route.function.clone()))
        .collect();
    assert_eq!(explicit, expected);
    assert_eq!(owner("/v1/orders/{id}"), Some("orders"));
    let of = |method: &str, function: &str| {
        explicit.contains(&(method.to_owned(), "/v1/orders/{id}".to_owned(), function.to_owned()))
    };
    assert!(of("POST", "callbacks") && of("DELETE", "payments"));
}
