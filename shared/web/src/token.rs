//! Access tokens: JWTs (RFC 7519), signed with Ed25519 and nothing else.
//!
//! One key signs, derived from the master key; the one before and the one after it verify too, so that keys rotate without
//! anybody noticing (`docs/adr/0022-token-keys-follow-each-other.md`). A `kid` is the RFC 7638 thumbprint. The algorithm is
//! pinned: a header can neither choose `none` nor turn the public key into an HMAC's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::caller::Permissions;
use domain::id::{FamilyId, UserId};
use domain::oauth::{ClientRef, FamilyRef};
use domain::time::{MINUTE_MS, SECOND_MS};
use domain::{Error, Result, Scope, TenantId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use platform::cache::Cache;
use platform::clock;
use platform::sealed::Keyring;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::UserAccess;
use uuid::Uuid;

use crate::edge::Edge;

/// How far clocks may differ.
const LEEWAY_SECS: i64 = 60;
/// RFC 8410: what comes before the 32 bytes of an Ed25519 seed in PKCS#8.
const PKCS8_PREFIX: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

const INVALID: Error = Error::InvalidToken("the bearer token is not valid");
const EXPIRED: Error = Error::InvalidToken("the bearer token has expired");

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whom it speaks for.
    pub user: UserId,
    /// The pool it is good for.
    pub scope: Scope,
    /// What it allows at most; the user's roles can only narrow it.
    pub permissions: Permissions,
    /// Its own id.
    pub id: Uuid,
    /// When it was issued, in whole seconds. Whoever moves a user's `tokensValidFrom` rounds it up to a whole second,
    /// and whoever issues a token takes the later of that and now: then no token of the same second survives.
    pub issued_at: Timestamp,
    /// How long it is good.
    pub lifetime_secs: i64,
    /// The consent that it follows from, if a client got it.
    pub session: Option<Session>,
}

/// A user's consent to a client, as an access token names it (`sid`, `client_id`; RFC 9068).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its refresh tokens. When they are revoked, so are its access tokens.
    pub family: FamilyId,
    /// The client.
    pub client: ClientRef,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<FamilyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
}

/// Signs a token of `issuer`, which is its audience too: the API's public base URL.
///
/// # Errors
/// When the key cannot sign; it always can.
pub fn mint(keys: &Keyring, issuer: &str, grant: &Grant) -> Result<String> {
    let key = keys.jwt_key();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key_id(key.verifying_key().as_bytes()));
    let pkcs8 = [&PKCS8_PREFIX[..], key.as_bytes()].concat();
    jsonwebtoken::encode(&header, &Claims::of(issuer, grant), &EncodingKey::from_ed_der(&pkcs8))
        .map_err(|error| Error::internal("sign a token", error))
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Makes a token for a user with everything that the user may do within `permissions`.
///
/// # Errors
/// When the key cannot sign; it always can.
pub fn issue(
    edge: &Edge,
    user: &UserAccess,
    permissions: Permissions,
    lifetime_secs: i64,
    now: Timestamp,
) -> Result<Issued> {
    issue_to(edge, user, permissions, lifetime_secs, (clock::fresh_id(), None), now)
}

/// As [`issue`], with an id that is known beforehand, to a client that the user agreed to.
///
/// # Errors
/// When the key cannot sign; it always can.
pub fn issue_to(
    edge: &Edge,
    user: &UserAccess,
    permissions: Permissions,
    lifetime_secs: i64,
    (id, session): (Uuid, Option<Session>),
    now: Timestamp,
) -> Result<Issued> {
    // Whole seconds; after a change of the user the next one, since every token of this one is void.
    let issued_at = Timestamp::from_ms(now.as_secs().saturating_mul(SECOND_MS)).max(user.tokens_valid_from);
    let grant = Grant {
        user: user.id,
        scope: user.scope,
        permissions: permissions.intersection(user.permissions),
        id,
        issued_at,
        lifetime_secs,
        session,
    };
    let token = mint(edge.keys(), &edge.settings().public_base_url, &grant)?;
    Ok(Issued { token, expires_at: issued_at.plus_ms(lifetime_secs.saturating_mul(SECOND_MS)) })
}

/// The public keys, as `/.well-known/jwks.json` shows them; the one in use first.
#[must_use]
pub fn jwks(keys: &Keyring) -> serde_json::Value {
    let shown = keys.jwt_keys().into_iter().map(|key| {
        let public = key.verifying_key().to_bytes();
        let x = URL_SAFE_NO_PAD.encode(public);
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id(&public), "x": x})
    });
    json!({"keys": shown.collect::<Vec<_>>()})
}

/// RFC 7638 with the members RFC 8037 names.
fn key_id(public: &[u8; 32]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

impl Claims {
    fn of(issuer: &str, grant: &Grant) -> Self {
        let iat = grant.issued_at.as_secs();
        Self {
            iss: issuer.to_owned(),
            sub: grant.user.to_string(),
            aud: issuer.to_owned(),
            exp: iat.saturating_add(grant.lifetime_secs),
            iat,
            jti: grant.id,
            tenant: grant.scope.tenant_id().map(|tenant| tenant.to_string()),
            scope: grant.permissions.to_string(),
            sid: grant.session.map(|session| session.family),
            client_id: grant.session.map(|session| session.client.to_string()),
        }
    }

    fn into_grant(self) -> Option<Grant> {
        let scope = match self.tenant {
            Some(tenant) => Scope::Tenant(TenantId::parse_named(&tenant).ok()?),
            None => Scope::Shared,
        };
        let session = match (self.sid, self.client_id) {
            (Some(family), Some(client)) => Some(Session { family, client: ClientRef::parse(&client).ok()? }),
            (None, None) => None,
            _ => return None,
        };
        Some(Grant {
            session,
            user: UserId::parse(&self.sub).ok().filter(|user| !user.uuid().is_nil())?,
            scope,
            permissions: Permissions::parse(&self.scope),
            id: self.jti,
            issued_at: Timestamp::from_ms(self.iat.checked_mul(1_000)?),
            lifetime_secs: self.exp.checked_sub(self.iat)?,
        })
    }
}

/// How long a signature that held is remembered: checking one costs as much as half a call to DynamoDB.
const KNOWN_MS: i64 = MINUTE_MS;
/// Tokens remembered at most.
const KNOWN_MAX: usize = 4_096;

/// Verifies tokens of one issuer.
pub(crate) struct Verifier {
    /// By `kid`.
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
    /// Grants by their token's hash. Whether they are good now is asked each time.
    known: Cache<[u8; 32], Grant>,
}

impl Verifier {
    pub(crate) fn new(keys: &Keyring, issuer: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Times are compared below, with the request's own clock.
        validation.validate_exp = false;
        let keys = keys.jwt_keys().into_iter().map(|key| {
            let public = key.verifying_key().to_bytes();
            (key_id(&public), DecodingKey::from_ed_der(&public))
        });
        Self { keys: keys.collect(), validation, known: Cache::new(KNOWN_MS, KNOWN_MAX) }
    }

    /// What `token` grants at `now`.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] unless we signed it, for ourselves, and it is good now.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Grant> {
        let hash = Sha256::digest(token).into();
        if let Some(grant) = self.known.get(&hash, now) {
            return grant.good_at(now);
        }
        let grant = self.signed(token)?.good_at(now)?;
        self.known.insert(hash, grant, now);
        Ok(grant)
    }

    fn signed(&self, token: &str) -> Result<Grant> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| INVALID)?;
        let named = self.keys.iter().find(|(kid, _)| header.kid.as_deref() == Some(kid));
        let (_, key) = named.filter(|_| header.crit.is_none()).ok_or(INVALID)?;
        let data = jsonwebtoken::decode::<Claims>(token, key, &self.validation).map_err(|_| INVALID)?;
        data.claims.into_grant().ok_or(INVALID)
    }
}

impl Grant {
    /// The family that it follows from, if a client got it.
    #[must_use]
    pub fn family(&self) -> Option<FamilyRef> {
        self.session.map(|session| FamilyRef { scope: self.scope, user: self.user, id: session.family })
    }

    fn good_at(self, now: Timestamp) -> Result<Self> {
        let (now, issued_at) = (now.as_secs(), self.issued_at.as_secs());
        if issued_at > now + LEEWAY_SECS {
            return Err(Error::InvalidToken("the bearer token is not valid yet"));
        }
        if issued_at.saturating_add(self.lifetime_secs).saturating_add(LEEWAY_SECS) < now {
            return Err(EXPIRED);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
