//! Images of pets: taken from clients, checked and cleaned, kept in S3, served, and pruned when no pet names them.
//!
//! - [`ROUTES`] and [`handle`]: `add` takes an image in a form; `promise` and `confirm` take one that is too large for
//!   the gateway by way of S3; `show` serves a photo
//! - `attach`: what both ways have in common
//! - [`picture`]: bytes that claim to be an image, as a picture that may be shown
//! - [`prune`]: removes what no pet names

mod add;
mod attach;
mod confirm;
pub mod picture;
mod promise;
pub mod prune;
mod show;
mod wiring;

use std::sync::Arc;

use blob::Blobs;
use lambda_http::{Body, Request, Response};
use store::Store;
use tokio::sync::Semaphore;
use web::Limited::Catalogue;
use web::{Edge, Media, Route, Tenancy, route};

pub use wiring::blobs_from_env;

/// Images that one process looks into at once: one of the largest takes half a gigabyte.
const LOOKS_MAX: usize = 2;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    edge: Edge,
    store: Store,
    blobs: Blobs,
    looks: Arc<Semaphore>,
}

impl App {
    /// The function on these tables and buckets.
    #[must_use]
    pub fn new(edge: Edge, store: Store, blobs: Blobs) -> Self {
        Self { edge, store, blobs, looks: Arc::new(Semaphore::new(LOOKS_MAX)) }
    }
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/pets/{id}/images", "POST").media(Media::Form).limited(Catalogue),
    route("POST", "/v1/pets/{id}/images/uploads", "POST").limited(Catalogue),
    route("POST", "/v1/pets/{id}/images/uploads/{uploadId}", "POST").limited(Catalogue),
    route("GET", "/v1/photos/{pool}/{id}/{name}", "GET").media(Media::Image).tenancy(Tenancy::Unasked),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match request.route {
        "/v1/pets/{id}/images" => add::add(app, &request).await,
        "/v1/pets/{id}/images/uploads" => promise::promise(app, &request).await,
        "/v1/pets/{id}/images/uploads/{uploadId}" => confirm::confirm(app, &request).await,
        _ => show::show(app, &request).await,
    })
    .await
}
