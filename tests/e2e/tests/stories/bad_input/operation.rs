//! An operation of a function, with a way to ask it for real.

use http::Method;
use serde_json::{Value, json};
use web::{Media, Route, Tenancy};

use crate::bad_input::shop::Made;

/// The member's username and password.
pub(crate) const MEMBER: &str = "ada";
pub(crate) const PASSWORD: &str = "AnalyticalEngine1";

/// One operation, with an existing resource in its path.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) route: Route,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// A good body; `None` where none is read.
    pub(crate) sample: Option<Value>,
    /// Of somebody who may do it.
    pub(crate) token: String,
}

/// Every operation of every function behind the HTTP API.
pub(crate) fn routes() -> impl Iterator<Item = Route> {
    [
        orders::ROUTES,
        payments::ROUTES,
        callbacks::ROUTES,
        pets::ROUTES,
        images::ROUTES,
        webhooks::ROUTES,
        users::ROUTES,
        oauth::ROUTES,
        chat::ROUTES,
        fallback::ROUTES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

impl Operation {
    pub(crate) fn of(route: Route, made: &Made, token: &str) -> Self {
        let path = route
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { made.id_in(&route, part) } else { part });
        Self {
            route,
            method: route.method.parse().unwrap(),
            path: path.collect::<Vec<_>>().join("/"),
            sample: sample(&route, made),
            token: token.to_owned(),
        }
    }

    /// Whether neither tenant nor token matter to it.
    pub(crate) fn is_public(&self) -> bool {
        self.route.tenancy == Tenancy::Unasked
    }

    /// Whether it reads a form, whose own bad input `tests/images` has.
    pub(crate) fn is_form(&self) -> bool {
        self.route.media == Media::Form
    }

    /// Whether it speaks OAuth, or is one of its pages: their own bad input `oauth` has.
    pub(crate) fn is_protocol(&self) -> bool {
        matches!(self.route.media, Media::Fields | Media::Page)
    }

    /// Whether its address comes from an answer of ours and is otherwise just nowhere.
    pub(crate) fn is_photo(&self) -> bool {
        self.route.media == Media::Image
    }

    /// Whether what is no id in its path is nobody's, as the contract has it for users.
    pub(crate) fn takes_any_id(&self) -> bool {
        self.route.path.starts_with("/v1/users/")
    }

    /// Whether the ids in its path are two in one.
    pub(crate) fn is_delivery(&self) -> bool {
        self.route.path.starts_with("/v1/deliveries/")
    }

    /// Whether its body is an open object whose every breach is a 400.
    pub(crate) fn is_callback(&self) -> bool {
        (self.route.method, self.route.path) == ("POST", "/v1/orders/{id}")
    }

    /// Whether members that nobody knows are ignored.
    pub(crate) fn is_open(&self) -> bool {
        self.is_callback()
            || matches!((self.route.method, self.route.path), ("QUERY", _) | (_, "/v1/pets/search"))
    }

    /// The places in the path that hold an id.
    pub(crate) fn ids(&self) -> impl Iterator<Item = usize> {
        let is_id = |(place, part): (usize, &str)| part.starts_with('{').then_some(place);
        self.route.path.split('/').enumerate().filter_map(is_id)
    }

    /// The path with another id at `place`.
    pub(crate) fn path_with(&self, place: usize, id: &str) -> String {
        let parts = self.path.split('/').enumerate();
        parts.map(|(at, part)| if at == place { id } else { part }).collect::<Vec<_>>().join("/")
    }
}

/// A body that the operation takes.
///
/// # Panics
/// For an operation that is new: it needs one here.
fn sample(route: &Route, made: &Made) -> Option<Value> {
    let (amount, currency) = (&made.order["totalAmount"], &made.order["currency"]);
    let source = json!({"object": "card", "name": "J. Doe", "number": "4242424242424242", "cvc": "123", "expMonth": 12,
                        "expYear": 2040, "billingAddress": {"city": "Rome", "country": "IT"}});
    match (route.method, route.path) {
        ("GET" | "DELETE", _) => None,
        _ if matches!(route.media, Media::Fields | Media::Page) => None,
        ("POST", "/v1/oauth/clients") => Some(json!({"name": "Planner", "scopes": ["read:orders"],
            "redirectUris": ["https://planner.example.com/callback"]})),
        ("POST", "/v1/pets/{id}/images" | "/v1/pets/{id}/images/uploads/{uploadId}") => None,
        ("POST", "/v1/pets/{id}/images/uploads") => Some(json!({
            "contentType": "image/jpeg", "contentLength": 1000, "sha256": "ab".repeat(32)})),
        ("POST", "/v1/webhooks/{id}/test" | "/v1/deliveries/{id}/retry") => None,
        ("POST", "/v1/webhooks/{id}/secret" | "/v1/webhooks/callback-secret") => None,
        ("POST", "/v1/invitations") => None,
        ("POST", "/v1/users") => Some(
            json!({"username": "grace", "email": "grace@example.com", "firstName": "Grace", "lastName": "Hopper",
                        "phone": "+18638982053", "preferences": {"newsletter": true}, "password": "SecurePass123!"}),
        ),
        ("POST", "/v1/auth/tokens") => Some(json!({"username": MEMBER, "password": PASSWORD})),
        ("PUT", "/v1/users/{id}") => Some(
            json!({"username": MEMBER, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                        "phone": "+12025551234", "preferences": {"newsletter": true, "notifications": false}}),
        ),
        ("PUT", "/v1/users/{id}/roles") => {
            Some(json!({"scopes": ["read:orders"], "staff": true, "owner": false}))
        }
        ("POST", "/v1/webhooks/{id}/recover") => Some(json!({"since": platform::clock::now().to_rfc3339()})),
        ("POST", "/v1/orders") => {
            Some(json!({"petId": made.pet["id"], "totalAmount": "250.00", "currency": "USD"}))
        }
        ("PATCH", "/v1/orders/{id}") => Some(json!({"status": "SHIPPED"})),
        ("POST", "/v1/orders/{id}/payment") => {
            Some(json!({"amount": amount, "currency": currency, "source": source}))
        }
        ("POST", "/v1/orders/{id}") => {
            Some(json!({"amount": amount, "currency": currency, "timestamp": "1758613403",
                                                   "callbackUrl": "http://localhost:9/called"}))
        }
        ("QUERY", "/v1/pets") | ("POST", "/v1/pets/search") => Some(
            json!({"criteria": {"species": ["DOG"], "ageRange": {"min": 1, "max": 99}, "size": ["SMALL"],
                                     "compatibility": {"goodWithKids": true},
                                     "medical": {"vaccinated": true, "spayedNeutered": true, "specialNeeds": true}},
                        "sort": {"field": "price", "order": "ASC"}, "pagination": {"page": 1, "limit": 20}}),
        ),
        ("POST", "/v1/pets") | ("PUT", "/v1/pets/{id}") => {
            Some(json!({"species": "DOG", "name": "Max", "breed": "Corgi", "ageMonths": 24, "size": "SMALL",
                        "color": "red", "gender": "MALE", "goodWithKids": true, "price": "250.00",
                        "currency": "USD", "description": "Kind.", "status": "AVAILABLE",
                        "photos": ["https://example.com/max.jpg"], "medicalInfo": {"spayedNeutered": true}}))
        }
        ("POST", "/v1/webhooks") => {
            Some(json!({"url": "http://localhost:9/", "events": ["*"], "description": "Ours",
                                                "headers": {"x-key": "1"}, "retrySchedule": [60], "status": "ENABLED",
                                                "rateLimit": 5, "asymmetricSignature": true}))
        }
        ("PATCH", "/v1/webhooks/{id}") => {
            Some(json!({"url": "http://localhost:9/", "events": ["order.created"],
                                                      "description": "Theirs", "retrySchedule": [60]}))
        }
        ("POST", "/v1/chat/completions") => Some(
            json!({"messages": [{"role": "USER", "content": "What do rabbits eat?"}], "model": "PET_ADVISOR_1",
                        "stream": false, "maxTokens": 64, "temperature": 0.5}),
        ),
        (method, path) => panic!("{method} {path} is new: give it a good body here"),
    }
}
