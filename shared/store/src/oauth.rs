//! OAuth 2.0: clients, authorization codes, families of refresh tokens, devices.
//!
//! Single use and rotation are decided by the rows' versions. No secret is kept: of a code its hash, of refresh tokens and
//! device codes nothing, of a user code a keyed hash.

mod client;
mod code;
mod device;
mod family;

use domain::caller::Permissions;
use domain::id::{ClientId, UserId};
use domain::oauth::{ClientRef, Consent};
use domain::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

pub use device::USER_CODE_LEG;

/// How long rows are kept after their end, in milliseconds: what is used too late is told from what never was.
const KEPT_MS: i64 = domain::time::DAY_MS;

/// What a user agreed to, as attributes.
#[derive(Serialize, Deserialize)]
struct ConsentRow {
    client: ClientId,
    user: UserId,
    scopes: String,
    signed_in: Timestamp,
}

impl ConsentRow {
    fn of(consent: &Consent) -> Self {
        Self {
            client: consent.client.id,
            user: consent.user,
            scopes: consent.permissions.to_string(),
            signed_in: consent.signed_in_at,
        }
    }

    fn read(&self, scope: Scope) -> Consent {
        Consent {
            client: ClientRef { scope, id: self.client },
            user: self.user,
            permissions: Permissions::parse(&self.scopes),
            signed_in_at: self.signed_in,
        }
    }
}

/// When DynamoDB may forget what ends at `end`, in seconds.
const fn ttl(end: Timestamp) -> i64 {
    end.plus_ms(KEPT_MS).as_secs()
}
