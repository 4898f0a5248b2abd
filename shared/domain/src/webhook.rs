//! Webhook endpoints: where the world wants to hear of which events.

mod health;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::event::{Event, EventType};
use crate::id::{EndpointId, UserId};
use crate::retry::Schedule;
use crate::tenant::Scope;
use crate::time::{DAY_MS, Timestamp};

pub use health::{Change, Health};

/// How long an old secret signs along once there is a new one, so that a receiver can change over at its leisure.
pub const SECRET_OVERLAP_MS: i64 = DAY_MS;
/// Secrets that sign at the same time: each is a signature in every delivery's header.
pub const SECRETS_MAX: usize = 5;
/// Endpoints a private tenant may have.
pub const ENDPOINTS_PER_TENANT_MAX: usize = 50;
/// Endpoints a user may have in the shared pool.
pub const ENDPOINTS_PER_USER_MAX: usize = 5;

/// A secret at rest: ciphertext that names its key. `platform::sealed` makes and opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// Wraps sealed text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The sealed text, safe to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// Which events an endpoint wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subscription {
    /// Every event, those to come included: `*`.
    All(Star),
    /// These.
    Only(Vec<EventType>),
}

/// The word `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Star {
    /// `*`.
    #[serde(rename = "*")]
    Star,
}

impl Subscription {
    /// Reads `["*"]` or a list of event types; `None` for an unknown one, an empty list, or `webhook.test`, which is
    /// sent to whoever asks for it.
    #[must_use]
    pub fn parse(words: &[String]) -> Option<Self> {
        match words {
            [] => None,
            words if words.iter().any(|word| word == "*") => Some(Self::All(Star::Star)),
            words => {
                let mut types =
                    words.iter().map(|word| EventType::parse(word)).collect::<Option<Vec<_>>>()?;
                if types.contains(&EventType::WebhookTest) {
                    return None;
                }
                types.sort_unstable();
                types.dedup();
                Some(Self::Only(types))
            }
        }
    }

    /// Whether `event_type` is wanted.
    #[must_use]
    pub fn wants(&self, event_type: EventType) -> bool {
        match self {
            Self::All(_) => true,
            Self::Only(types) => types.contains(&event_type),
        }
    }

    /// The wire form.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::All(_) => vec!["*"],
            Self::Only(types) => types.iter().map(|t| t.as_str()).collect(),
        }
    }
}

/// Whether an endpoint gets deliveries, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointStatus {
    /// It does.
    #[serde(rename = "ENABLED")]
    Enabled,
    /// Its owner switched it off.
    #[serde(rename = "DISABLED")]
    Disabled,
    /// It answered 410 Gone.
    #[serde(rename = "GONE")]
    Gone,
    /// Nothing but failures for five days.
    #[serde(rename = "FAILING")]
    Failing,
}

/// A signing secret of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSecret {
    /// The `whsec_…` string, sealed.
    pub sealed: Sealed,
    /// Signs until then; `None` for the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl EndpointSecret {
    /// Whether it signs what is sent at `now`.
    #[must_use]
    pub fn signs(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// The pool it hears of.
    pub scope: Scope,
    /// Who made it.
    pub owner: UserId,
    /// Where to send, sealed: it may hold the receiver's secrets.
    pub url: Sealed,
    /// The URL's host.
    pub host: String,
    /// Which events.
    pub subscription: Subscription,
    /// For people.
    pub description: Option<String>,
    /// Sent with every delivery, sealed values.
    pub headers: BTreeMap<String, Sealed>,
    /// Whether it gets deliveries.
    pub status: EndpointStatus,
    /// Newest first; every unexpired one signs.
    pub secrets: Vec<EndpointSecret>,
    /// When failed tries are repeated.
    pub schedule: Schedule,
    /// Deliveries a second that it gets at most; `None` for as many as there are.
    pub rate: Option<u32>,
    /// Whether its deliveries are signed with `v1a` too.
    pub signs_v1a: bool,
    /// Since when nothing but failures; `None` after a success.
    pub failing_since: Option<Timestamp>,
    /// When it was made; it gets events committed after.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
}

impl Endpoint {
    /// What binds a sealed part of the endpoint (`url`, `secret`, a header's name) to it.
    #[must_use]
    pub fn context(scope: Scope, id: EndpointId, part: &str) -> String {
        format!("endpoint|{scope}|{id}|{part}")
    }

    /// The secrets that sign what is sent at `now`, the newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &EndpointSecret> {
        self.secrets.iter().filter(move |secret| secret.signs(now))
    }

    /// The endpoint with `newest` as its secret; those before sign along for [`SECRET_OVERLAP_MS`].
    ///
    /// # Errors
    /// [`Error::Conflict`] `endpoint_secrets_exceeded` while [`SECRETS_MAX`] secrets sign.
    pub fn rotate(self, newest: Sealed, now: Timestamp) -> Result<Self> {
        let until = Some(now.plus_ms(SECRET_OVERLAP_MS));
        let ending =
            |old: &EndpointSecret| EndpointSecret { expires_at: old.expires_at.or(until), ..old.clone() };
        let newest = EndpointSecret { sealed: newest, expires_at: None };
        let secrets: Vec<_> = std::iter::once(newest).chain(self.secrets_at(now).map(ending)).collect();
        if secrets.len() > SECRETS_MAX {
            return Err(Error::conflict(
                "endpoint_secrets_exceeded",
                "Wait until an older secret has expired.",
            ));
        }
        let updated_at = now.max(self.updated_at.plus_ms(1));
        Ok(Self { secrets, updated_at, version: self.version + 1, ..self })
    }

    /// Whether `event` is for this endpoint: it wants the type, was made before the event was committed, and, in the
    /// shared pool, belongs to the order's owner. A guest's order is nobody's there.
    #[must_use]
    pub fn hears(&self, event: &Event) -> bool {
        let is_theirs = match self.scope {
            Scope::Tenant(_) => true,
            Scope::Shared => event.owner == Some(self.owner),
        };
        self.subscription.wants(event.event_type) && self.created_at < event.at && is_theirs
    }
}

#[cfg(test)]
mod tests;
