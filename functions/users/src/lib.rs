//! Users: registered, read, changed, deleted; their roles, invitations and tokens.

mod body;
mod delete;
mod get;
pub mod invite;
mod register;
mod roles;
mod token;
mod update;
mod view;

use domain::caller::Permission;
use domain::id::UserId;
use domain::user::{Account, Founding};
use domain::{Error, Result};
use lambda_http::{Body, Request, Response};
use store::Store;
use web::Limited::Catalogue;
use web::{Edge, Route, Tenancy, route};

pub(crate) use body::UserBody;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
    /// What becomes of a tenant that nobody has founded.
    pub founding: Founding,
}

/// Every operation of this function. The first two may be asked of a tenant that does not exist yet: one founds it, the
/// other does not tell.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/users", "POST").idempotent().tenancy(Tenancy::Any),
    route("POST", "/v1/auth/tokens", "POST").tenancy(Tenancy::Any).limited(Catalogue),
    route("GET", "/v1/users/{id}", "GET, PUT, DELETE"),
    route("PUT", "/v1/users/{id}", "GET, PUT, DELETE"),
    route("DELETE", "/v1/users/{id}", "GET, PUT, DELETE"),
    route("GET", "/v1/users/{id}/roles", "GET, PUT"),
    route("PUT", "/v1/users/{id}/roles", "GET, PUT"),
    route("POST", "/v1/invitations", "POST"),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("POST", "/v1/users") => register::register(app, &request).await,
        ("POST", "/v1/auth/tokens") => token::create(app, &request).await,
        ("POST", _) => invite::invite(app, &request).await,
        ("GET", "/v1/users/{id}") => get::get(app, &request).await,
        ("GET", _) => roles::get(app, &request).await,
        ("PUT", "/v1/users/{id}") => update::update(app, &request).await,
        ("PUT", _) => roles::replace(app, &request).await,
        _ => delete::delete(app, &request).await,
    })
    .await
}

/// The user of the path. Any text may stand there: what is no id is nobody's (contract 3.18).
async fn load(app: &App, request: &web::Request) -> Result<Account> {
    let unknown = || Error::NotFound("user");
    let id = UserId::parse(request.param("id")).map_err(|_| unknown())?;
    app.store.user_fetch(request.caller.scope, id).await?.ok_or_else(unknown)
}

/// The user of the path, who must be the one who asks.
async fn load_own(app: &App, request: &web::Request) -> Result<Account> {
    let user = request.caller.require(Permission::WriteUser)?;
    let account = load(app, request).await?;
    if account.id != user.id {
        return Err(Error::Forbidden("only the user may do this".to_owned()));
    }
    Ok(account)
}
