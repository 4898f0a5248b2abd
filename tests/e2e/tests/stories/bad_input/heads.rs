//! Bad paths, methods, queries and headers.

use http::Method;

use crate::bad_input::case::{Case, Problem};
use crate::bad_input::operation::Operation;
use crate::bad_input::shop::Shop;

/// UUIDs that nothing has.
const NO_THINGS: [&str; 2] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];

/// What is no hyphenated UUID.
const NO_IDS: [&str; 6] = [
    "x",
    "019b413912347abc8def123456789abc",
    "%7B019b4139-1234-7abc-8def-123456789abc%7D",
    "019b4139-1234-7abc-8def-123456789abg",
    "019b4139-1234-7abc-8def-123456789abc0",
    "a%20b",
];

pub(crate) fn cases(operation: &Operation, shop: &Shop) -> Vec<Case> {
    let mut cases = paths(operation);
    cases.extend(methods(operation));
    cases.extend(queries(operation));
    cases.extend(accept(operation));
    if !operation.is_public() {
        cases.extend(tokens(operation));
        cases.extend(tenants(operation, shop));
    }
    if operation.route.idempotent {
        cases.extend(keys(operation));
    }
    cases
}

fn paths(operation: &Operation) -> Vec<Case> {
    let mut cases = Vec::new();
    for place in operation.ids() {
        for id in NO_IDS {
            let is_nobodys = operation.is_photo() || operation.takes_any_id();
            let problem = if is_nobodys { Problem::NotFound } else { Problem::Malformed };
            let case = Case::of(operation, "no id", problem);
            cases.push(Case { path: operation.path_with(place, id), ..case });
        }
        for id in NO_THINGS {
            let id = if operation.is_delivery() { format!("{id}_{id}") } else { id.to_owned() };
            let case = Case::of(operation, "an id of nothing", Problem::NotFound);
            cases.push(Case { path: operation.path_with(place, &id), ..case });
        }
    }
    for path in [
        format!("{}/no/such/path", operation.path),
        format!("/v2{}", operation.path),
        format!("/{}", operation.path),
    ] {
        cases.push(Case { path, ..Case::of(operation, "no such path", Problem::NotFound) });
    }
    cases
}

fn methods(operation: &Operation) -> Vec<Case> {
    let allowed: Vec<_> = operation.route.allow.split(", ").chain(["HEAD", "OPTIONS"]).collect();
    let all = ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE", "SURPRISE"];
    let other = all.into_iter().filter(|method| !allowed.contains(method));
    let case = || Case::of(operation, "another method", Problem::MethodNotAllowed);
    other.map(|method| Case { method: Method::from_bytes(method.as_bytes()).unwrap(), ..case() }).collect()
}

fn queries(operation: &Operation) -> Vec<Case> {
    let lists = ["/v1/orders", "/v1/pets", "/v1/webhooks/{id}/deliveries"];
    if operation.route.method != "GET" || !lists.contains(&operation.route.path) {
        return Vec::new();
    }
    let case = |query: &str, problem, fields: &str| {
        let path = format!("{}?{query}", operation.path);
        let fields = fields.split(' ').map(str::to_owned).collect();
        Case { path, fields, ..Case::of(operation, "a bad query", problem) }
    };
    let mut cases = Vec::new();
    for bad in
        ["limit=x", "limit=", "limit=1.5", "limit=1&limit=2", "limit=%00", "limit=99999999999999999999"]
    {
        cases.push(case(bad, Problem::Malformed, "limit"));
    }
    for bad in ["limit=0", "limit=-1", "limit=101", "limit=4294967296"] {
        cases.push(case(bad, Problem::Invalid, "limit"));
    }
    cases.push(case("cursor=x", Problem::Malformed, "cursor"));
    let all = "limit=0&cursor=x&status=SURPRISE&status=SURPRISE";
    cases.push(case(all, Problem::Malformed, "limit cursor status"));
    if operation.route.path != "/v1/webhooks/{id}/deliveries" {
        cases.push(case("page=x", Problem::Malformed, "page"));
        cases.push(case("page=0", Problem::Invalid, "page"));
        cases.push(case("status=SURPRISE", Problem::Malformed, "status"));
    }
    cases
}

fn accept(operation: &Operation) -> Vec<Case> {
    if operation.is_photo() || operation.route.media == web::Media::Page {
        return Vec::new();
    }
    let case =
        |accept: &str| Case::of(operation, "no JSON wanted", Problem::NotAcceptable).header("accept", accept);
    ["text/html", "image/*", "application/json;q=0"].map(case).to_vec()
}

fn tokens(operation: &Operation) -> Vec<Case> {
    let bare = || Case::of(operation, "no good token", Problem::Unauthorized).without("authorization");
    let token = &operation.token;
    let (head, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", head.split('.').nth(1).unwrap());
    let mut cases = Vec::new();
    for value in ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer x", "Bearer a b", token.as_str()] {
        cases.push(bare().header("authorization", value));
    }
    for token in [forged, unsigned, format!("{token}x"), format!("{token},{token}")] {
        cases.push(bare().header("authorization", format!("Bearer {token}")));
    }
    cases.push(
        Case::of(operation, "two tokens", Problem::Unauthorized)
            .header("authorization", format!("Bearer {token}")),
    );
    cases
}

fn tenants(operation: &Operation, shop: &Shop) -> Vec<Case> {
    let case = |name, problem| Case::of(operation, name, problem);
    let mut cases = Vec::new();
    let (nil, max) = ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff");
    for bad in
        [nil, max, "shared", "", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-446655440000 x"]
    {
        cases.push(case("no tenant", Problem::Malformed).header("x-tenant-id", bad));
    }
    let ours = "550e8400-e29b-41d4-a716-446655440000";
    cases.push(
        case("two tenants", Problem::Malformed).header("x-tenant-id", ours).header("x-tenant-id", ours),
    );
    cases.push(case("a joined tenant", Problem::Malformed).header("x-tenant-id", format!("{ours},{ours}")));
    let foreign =
        case("another pool's token", Problem::Forbidden).without("authorization").header("x-tenant-id", ours);
    cases.push(foreign.header("authorization", format!("Bearer {}", shop.foreign_token())));
    cases
}

fn keys(operation: &Operation) -> Vec<Case> {
    let case = |key: &str| {
        let case = Case::of(operation, "no key", Problem::Malformed).header("idempotency-key", key);
        Case { fields: vec!["Idempotency-Key".to_owned()], ..case }
    };
    let long = "k".repeat(256);
    let bad =
        ["", "\"", "\"half", "two words", "\"\"", "\"a\"b", "a,b", "\"a\", \"b\"", "\"a\\x\"", long.as_str()];
    let mut cases: Vec<_> = bad.into_iter().map(case).collect();
    cases.push(case("a-key").header("idempotency-key", "another-key"));
    // Whoever guesses a guest's key gets that guest's answer.
    let guest = case("twenty-one-characters").without("authorization");
    cases.push(guest.header("x-tenant-id", "550e8400-e29b-41d4-a716-446655440000"));
    cases
}
