//! Chat: advice on the health, behaviour, nutrition, training and care of pets, in the shape of OpenAI's chat
//! completions (contract 3.14).
//!
//! `ask` what a client wants · `complete` the use case: reserve, begin, answer whole or in events · `budget` tokens a
//! day · [`provider`] who answers · `patience` how long a provider may take · `guide` the provider that needs nobody
//! else · `view` the shapes on the wire
//!
//! A provider always answers in pieces. What a client is told of a provider that fails depends on when: before the
//! first piece it is a problem with 503; later an event stream ends with an `error` event and without `[DONE]`.

pub mod guide;
pub mod provider;

mod ask;
mod budget;
mod complete;
mod events;
mod patience;
mod tokens;
mod view;

use lambda_http::{Body, Request, Response};
use store::Store;
use web::{Edge, Payload, Route, route};

pub use ask::{Ask, Message, Model, Role};
pub use budget::Budget;
pub use patience::Patience;

use crate::provider::Provider;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables, for what is counted.
    pub store: Store,
    /// Who answers.
    pub provider: Provider,
    /// Tokens a day; `None` for as many as one likes.
    pub budget: Option<Budget>,
    /// How long the provider may take.
    pub patience: Patience,
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[route("POST", "/v1/chat/completions", "POST").streaming()];

/// Answers one request, whole.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| complete::complete(app, &request).await).await
}

/// Answers one request, with events as they come.
pub async fn handle_open(app: &App, request: Request) -> Response<Payload> {
    web::serve_open(&app.edge, ROUTES, request, async |request| complete::complete(app, &request).await).await
}
