//! `GET /.well-known/oauth-authorization-server` (RFC 8414): where everything is, and what is spoken.

use domain::oauth::offered;
use serde_json::json;
use web::Answer;

use crate::App;
use crate::token::{AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN};

/// Seconds for which it may be cached.
const CACHED: &str = "public, max-age=300";

pub(crate) fn metadata(app: &App) -> Answer {
    let issuer = app.edge.settings().public_base_url.as_str();
    let at = |path: &str| format!("{issuer}{path}");
    let scopes: Vec<_> = offered().iter().map(|permission| permission.as_str()).collect();
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "revocation_endpoint": at("/revoke"),
        "device_authorization_endpoint": at("/device/authorize"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": at("/docs/oauth.html"),
        "ui_locales_supported": ["en"],
    });
    Answer::ok(document).header("cache-control", CACHED)
}
