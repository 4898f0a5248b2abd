//! What no other function owns: 404 for every unknown path, the OpenAPI document, the tokens' public keys, and the
//! documentation site.

mod docs;

use domain::Result;
use lambda_http::{Body, Request, Response};
use web::{Answer, Edge, Route, Tenancy, route};

pub use site::OPENAPI_JSON;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The OpenAPI document as JSON.
    pub openapi: &'static str,
}

/// Every operation of this function; the gateway's `$default` route brings it everything else.
pub const ROUTES: &[Route] = &[
    route("GET", "/v1/openapi.json", "GET").tenancy(Tenancy::Unasked),
    route("GET", "/.well-known/jwks.json", "GET").tenancy(Tenancy::Unasked),
];

/// Seconds for which the public documents may be cached.
const CACHED: &str = "public, max-age=300";

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    if let Some(page) = docs::answer(&request, &app.edge.settings().public_base_url) {
        return page;
    }
    web::serve(&app.edge, ROUTES, request, async |request| document(app, request.route)).await
}

fn document(app: &App, route: &str) -> Result<Answer> {
    let answer = match route {
        "/v1/openapi.json" => Answer::json_text(app.openapi),
        _ => Answer::ok(web::token::jwks(app.edge.keys())),
    };
    Ok(answer.header("cache-control", CACHED))
}
