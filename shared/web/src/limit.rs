//! Rate limits: how many requests a caller may make, and what it is told of them.
//!
//! Which operations are counted is said by their [`Limited`]; everything else about limits is here. They are off where
//! [`Settings::limits`](crate::Settings) is `None`.

mod address;
mod codes;
mod count;
mod guesses;
mod limiter;

use domain::time::{HOUR_MS, MINUTE_MS};
use domain::{Error, Quota, Result, Scope, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::auth::Claim;
use crate::edge::Edge;
use crate::request::Request;
use crate::route::Route;

pub use codes::CodeGuess;
pub use guesses::Guess;
pub use limiter::Standing;
pub(crate) use limiter::{Bucket, Limiter};

/// How many requests are allowed, each in one minute unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a caller to the catalogue: pets, inventory, tokens.
    pub catalogue: u32,
    /// Of an address that writes without a token.
    pub anonymous_writes: u32,
    /// Of an address to orders that do not exist: whoever guesses ids gets no further.
    pub unknown_orders: u32,
    /// Unpaid orders that an address holds open at once, without a token.
    pub open_orders: u32,
    /// Unpaid orders that a user holds open at once who is not staff.
    pub users_open_orders: u32,
    /// Names that an address asks for in an hour, by registering or by taking another one; and that a user does.
    pub names: u32,
    /// Wrong passwords of an address in 15 minutes, whosever they should be.
    pub wrong_passwords: u32,
    /// Tries at one user's password in 15 minutes, by addresses from which that user never signed in; and by each
    /// from which the user did.
    pub tries: u32,
    /// Wrong device codes of an address in 15 minutes.
    pub wrong_codes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            catalogue: 100,
            anonymous_writes: 20,
            unknown_orders: 20,
            open_orders: 5,
            users_open_orders: 20,
            names: 5,
            wrong_passwords: 30,
            tries: 20,
            wrong_codes: 5,
        }
    }
}

impl Limits {
    /// The defaults with another limit of the catalogue, which caps the anonymous limits too.
    #[must_use]
    pub fn of(per_minute: u32) -> Self {
        let defaults = Self::default();
        Self {
            catalogue: per_minute,
            anonymous_writes: defaults.anonymous_writes.min(per_minute),
            unknown_orders: defaults.unknown_orders.min(per_minute),
            ..defaults
        }
    }
}

/// Which limits an operation is under, beside those of anonymous writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// None.
    Not,
    /// The catalogue's; its answers carry `RateLimit-*` (contract 1.6).
    Catalogue,
    /// That of OAuth's own operations: as many as of the catalogue, and counted apart, by
    /// [`Request::count_call`](crate::Request::count_call), for only their function knows whose a call is.
    Protocol,
    /// That of unknown orders: it names an order in its path.
    Order,
}

/// What limits ask of a request; all of it is known before anything is looked up.
pub(crate) struct Turn {
    limited: Limited,
    is_read: bool,
    now: Timestamp,
    address: Subject,
    user: Option<Subject>,
}

/// Who is counted, and in which pool.
type Subject = (Scope, String);

impl Turn {
    /// A request to `route` from `address`. An address is counted in all pools together: a guest names any tenant, and
    /// would have a count of its own in each that it invents.
    pub(crate) fn of(route: &Route, claim: &Claim, address: &str, now: Timestamp) -> Self {
        Self {
            limited: route.limited,
            is_read: matches!(route.method, "GET" | "QUERY"),
            now,
            address: (Scope::Shared, address::subscriber(address)),
            user: claim.user().map(|user| (claim.scope, user.to_string())),
        }
    }
}

/// Counts the request, and refuses it when it is one too many. What is said of the limit in the answer's headers.
pub(crate) async fn enter(edge: &Edge, turn: &Turn) -> (Option<Standing>, Result<()>) {
    let Some(limits) = edge.settings().limits else { return (None, Ok(())) };
    let mut told = None;
    for bucket in buckets(limits, turn) {
        let standing = match bucket.name {
            // Counted when the order turns out not to exist.
            UNKNOWN_ORDERS => edge.limiter().look(&bucket, turn.now),
            _ => edge.limiter().take(edge.store(), bucket, turn.now).await,
        };
        if standing.is_over {
            return (None, Err(refusal(&standing, turn.now, "a minute")));
        }
        told = told.or((bucket.name == CATALOGUE).then_some(standing));
    }
    (told, Ok(()))
}

/// Whom a call of OAuth's protocol proves to be from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// Nobody: it is counted for the address.
    Nobody,
    /// A consent, which took a user and a page: it has a count of its own.
    Consent(Scope, String),
    /// A device that may still wait. Its code is free for the asking, so it has a fifth of a count, and all devices of an
    /// address share one.
    Device(Scope, String),
}

/// Counts a call of OAuth's protocol for whom it proves to be from; refuses it when it is one too many.
pub(crate) async fn call(edge: &Edge, request: &Request, proven: Proven) -> Result<Option<Standing>> {
    let (Some(limits), now) = (edge.settings().limits, request.now) else { return Ok(None) };
    let address = (Scope::Shared, address::subscriber(&request.address));
    let limit = limits.catalogue;
    let own = match proven {
        Proven::Nobody => return count_in(edge, minutely(PROTOCOL, limit, &address), now).await,
        Proven::Consent(scope, id) => {
            return count_in(edge, minutely(PROTOCOL, limit, &(scope, id)), now).await;
        }
        Proven::Device(scope, id) => (scope, id),
    };
    let standing = count_in(edge, minutely(PROTOCOL, limit.div_ceil(DEVICES), &own), now).await?;
    count_in(edge, minutely(PROTOCOL_DEVICES, limit, &address), now).await?;
    Ok(standing)
}

async fn count_in(edge: &Edge, bucket: Bucket<'_>, now: Timestamp) -> Result<Option<Standing>> {
    let standing = edge.limiter().take(edge.store(), bucket, now).await;
    if standing.is_over { Err(refusal(&standing, now, "a minute")) } else { Ok(Some(standing)) }
}

/// Counts a request for a name that somebody may have, and refuses it when it is one too many: its answer tells whether
/// somebody does. A user counts by themself, wherever they ask from; an address in all pools together, for tenants are
/// there for the naming.
pub(crate) async fn ask_name(edge: &Edge, request: &Request) -> Result<()> {
    let (Some(limits), now) = (edge.settings().limits, request.now) else { return Ok(()) };
    let user = request.caller.subject().map(|user| (request.caller.scope, user.to_string()));
    let address = (Scope::Shared, address::subscriber(&request.address));
    for (scope, subject) in user.iter().chain([&address]) {
        let (limit, window_ms) = (limits.names, HOUR_MS);
        let bucket = Bucket { name: "names", limit, window_ms, scope: *scope, subject };
        let standing = edge.limiter().take(edge.store(), bucket, now).await;
        if standing.is_over {
            return Err(refusal(&standing, now, "an hour"));
        }
    }
    Ok(())
}

/// Counts an order that was asked for and does not exist.
pub(crate) async fn missed(edge: &Edge, turn: &Turn) {
    let Some(limits) = edge.settings().limits else { return };
    if let Some(bucket) = buckets(limits, turn).find(|bucket| bucket.name == UNKNOWN_ORDERS) {
        edge.limiter().take(edge.store(), bucket, turn.now).await;
    }
}

const CATALOGUE: &str = "catalogue";
const ANONYMOUS_WRITES: &str = "anonymous-writes";
const UNKNOWN_ORDERS: &str = "unknown-orders";
const PROTOCOL: &str = "protocol";
const PROTOCOL_DEVICES: &str = "protocol-devices";

/// Devices that ask as often as they may before an address has no calls left for more.
const DEVICES: u32 = 5;

fn buckets(limits: Limits, turn: &Turn) -> impl Iterator<Item = Bucket<'_>> {
    let (limited, address) = (turn.limited, &turn.address);
    let is_guest = turn.user.is_none();
    // Operations under the catalogue's or OAuth's limit are exempt: for a guest they write nothing.
    let has_own = matches!(limited, Limited::Catalogue | Limited::Protocol);
    let caller = turn.user.as_ref().unwrap_or(address);
    [
        (limited == Limited::Catalogue).then(|| minutely(CATALOGUE, limits.catalogue, caller)),
        (is_guest && !turn.is_read && !has_own)
            .then(|| minutely(ANONYMOUS_WRITES, limits.anonymous_writes, address)),
        (is_guest && limited == Limited::Order)
            .then(|| minutely(UNKNOWN_ORDERS, limits.unknown_orders, address)),
    ]
    .into_iter()
    .flatten()
}

const fn minutely<'a>(name: &'a str, limit: u32, (scope, subject): &'a Subject) -> Bucket<'a> {
    Bucket { name, limit, window_ms: MINUTE_MS, scope: *scope, subject: subject.as_str() }
}

fn refusal(standing: &Standing, now: Timestamp, window: &str) -> Error {
    let detail = format!("At most {} of these requests are answered in {window}.", standing.limit);
    Error::exhausted("rate_limit_exceeded", detail, standing.quota(), now)
}

/// Says where a caller stands in answers that are not refused for it; a refusal says it itself, of the limit it met.
pub(crate) fn describe(standing: Option<Standing>, status: StatusCode, headers: &mut HeaderMap) {
    let Some(standing) = standing else { return };
    let is_declared =
        status.is_success() || matches!(status, StatusCode::NOT_MODIFIED | StatusCode::BAD_REQUEST);
    if is_declared {
        for (name, value) in rate_limit(standing.quota(), standing.remaining) {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

/// `RateLimit-*` as the contract has them (1.6): `Reset` is a Unix time in seconds.
pub(crate) fn rate_limit(quota: Quota, remaining: u64) -> [(&'static str, u64); 3] {
    [
        ("ratelimit-limit", quota.limit),
        ("ratelimit-remaining", remaining),
        ("ratelimit-reset", quota.reset.as_secs().unsigned_abs()),
    ]
}
