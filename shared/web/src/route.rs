//! Which operations a function serves, and which of them a request means.

use http::Method;

use crate::limit::Limited;

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

/// What an operation reads, and what it answers when all is well. Refusals are always problem documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JSON both ways.
    Json,
    /// A form with a file (`multipart/form-data`); answers JSON.
    Form,
    /// Reads no body, though one that is sent must be JSON; answers an image.
    Image,
    /// A form of an OAuth client (`application/x-www-form-urlencoded`); answers JSON, and so does "later".
    Fields,
    /// The same; answers a web page, which is for this site's own visitors and no script of another site.
    Page,
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
    /// Which limits it is under.
    pub limited: Limited,
    /// What it reads and answers.
    pub media: Media,
    /// Whether it can answer with server-sent events.
    pub streams: bool,
}

/// An operation that ignores `Idempotency-Key`; GET and QUERY read, every other method writes.
#[must_use]
pub const fn route(method: &'static str, path: &'static str, allow: &'static str) -> Route {
    let tenancy = match method.as_bytes() {
        b"GET" | b"QUERY" => Tenancy::Any,
        _ => Tenancy::MustExist,
    };
    let (limited, media) = (Limited::Not, Media::Json);
    Route { method, path, allow, idempotent: false, tenancy, limited, media, streams: false }
}

impl Route {
    /// The same operation, honouring `Idempotency-Key`.
    #[must_use]
    pub const fn idempotent(self) -> Self {
        Self { idempotent: true, ..self }
    }

    /// The same operation under these limits.
    #[must_use]
    pub const fn limited(self, limited: Limited) -> Self {
        Self { limited, ..self }
    }

    /// The same operation, reading or answering something else than JSON.
    #[must_use]
    pub const fn media(self, media: Media) -> Self {
        Self { media, ..self }
    }

    /// The same operation, which can answer with server-sent events.
    #[must_use]
    pub const fn streaming(self) -> Self {
        Self { streams: true, ..self }
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

    /// Whether clients of OAuth ask here.
    pub(crate) fn is_protocol(&self) -> bool {
        matches!(self, Self::Operation(matched) if matched.route.media == Media::Fields)
    }

    /// Whether web pages are at this path, whatever the method.
    pub(crate) fn is_page(&self, routes: &[Route]) -> bool {
        let is_here = |route: &&Route| Some(route.path) == self.pattern();
        routes.iter().filter(is_here).any(|route| route.media == Media::Page)
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
mod tests;
