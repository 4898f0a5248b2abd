//! Access tokens: JWTs (RFC 7519), signed with Ed25519 and nothing else.
//!
//! One key signs, derived from the master key; its `kid` is the RFC 7638 thumbprint, so that a new master key makes
//! a new `kid`. The algorithm is pinned: a header can neither choose `none` nor turn the public key into an HMAC's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::caller::Permissions;
use domain::id::UserId;
use domain::{Error, Result, Scope, TenantId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use platform::sealed::Keyring;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How far clocks may differ.
const LEEWAY_SECS: i64 = 60;
/// RFC 8410: what comes before the 32 bytes of an Ed25519 seed in PKCS#8.
const PKCS8_PREFIX: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

const INVALID: Error = Error::Unauthenticated("the bearer token is not valid");
const EXPIRED: Error = Error::Unauthenticated("the bearer token has expired");

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

/// The public key, as `/.well-known/jwks.json` shows it.
#[must_use]
pub fn jwks(keys: &Keyring) -> serde_json::Value {
    let public = keys.jwt_key().verifying_key().to_bytes();
    let x = URL_SAFE_NO_PAD.encode(public);
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id(&public), "x": x}]})
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
        }
    }

    fn into_grant(self) -> Option<Grant> {
        let scope = match self.tenant {
            Some(tenant) => Scope::Tenant(TenantId::parse(&tenant).ok()?),
            None => Scope::Shared,
        };
        Some(Grant {
            user: UserId::parse(&self.sub).ok()?,
            scope,
            permissions: Permissions::parse(&self.scope),
            id: self.jti,
            issued_at: Timestamp::from_ms(self.iat.checked_mul(1_000)?),
            lifetime_secs: self.exp.checked_sub(self.iat)?,
        })
    }
}

/// Verifies tokens of one issuer.
pub(crate) struct Verifier {
    key: DecodingKey,
    key_id: String,
    validation: Validation,
}

impl Verifier {
    pub(crate) fn new(keys: &Keyring, issuer: &str) -> Self {
        let public = keys.jwt_key().verifying_key().to_bytes();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Times are compared below, with the request's own clock.
        validation.validate_exp = false;
        Self { key: DecodingKey::from_ed_der(&public), key_id: key_id(&public), validation }
    }

    /// What `token` grants at `now`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] unless we signed it, for ourselves, and it is good now.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Grant> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| INVALID)?;
        if header.kid.as_deref() != Some(&*self.key_id) || header.crit.is_some() {
            return Err(INVALID);
        }
        let data = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).map_err(|_| INVALID)?;
        let (now, claims) = (now.as_secs(), data.claims);
        if claims.iat > now + LEEWAY_SECS {
            return Err(Error::Unauthenticated("the bearer token is not valid yet"));
        }
        if claims.exp.saturating_add(LEEWAY_SECS) < now {
            return Err(EXPIRED);
        }
        claims.into_grant().ok_or(INVALID)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use domain::caller::{Permission, Permissions};
    use domain::id::UserId;
    use domain::{Scope, TenantId, Timestamp};
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use platform::sealed::Keyring;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{Grant, PKCS8_PREFIX, Verifier, jwks, mint};

    const ISSUER: &str = "https://api.example";
    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn keys() -> Keyring {
        Keyring::new(&[1; 32]).unwrap()
    }

    fn grant() -> Grant {
        Grant {
            user: UserId::new(Uuid::from_u128(1)),
            scope: Scope::Tenant(TenantId::new(Uuid::from_u128(2))),
            permissions: Permissions::default().with(Permission::ReadOrders).with(Permission::WritePets),
            id: Uuid::from_u128(3),
            issued_at: NOW,
            lifetime_secs: 900,
        }
    }

    fn verify_at(token: &str, at: Timestamp) -> Result<Grant, String> {
        Verifier::new(&keys(), ISSUER).verify(token, at).map_err(|error| error.to_string())
    }

    fn is_refused(token: &str) -> bool {
        verify_at(token, NOW).is_err_and(|error| error.starts_with("unauthenticated: "))
    }

    fn segment(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn parts(token: &str) -> (Value, Value, String) {
        let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        (read(parts[0]), read(parts[1]), parts[2].to_owned())
    }

    /// A token signed with the right key whose header and claims were changed first.
    fn forged(change: impl FnOnce(&mut Header, &mut Value)) -> String {
        let (header, mut claims, _) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
        let mut header: Header = serde_json::from_value(header).unwrap();
        change(&mut header, &mut claims);
        let pkcs8 = [&PKCS8_PREFIX[..], &keys().jwt_key().to_bytes()].concat();
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&pkcs8)).unwrap()
    }

    #[test]
    fn what_is_minted_is_granted() {
        assert_eq!(verify_at(&mint(&keys(), ISSUER, &grant()).unwrap(), NOW), Ok(grant()));
        let shared = Grant { scope: Scope::Shared, ..grant() };
        assert_eq!(verify_at(&mint(&keys(), ISSUER, &shared).unwrap(), NOW), Ok(shared));
        assert_eq!(verify_at(&forged(|_, _| {}), NOW), Ok(grant()));
    }

    #[test]
    fn it_is_good_from_when_it_was_issued_until_it_expires_give_or_take_a_minute() {
        let token = mint(&keys(), ISSUER, &grant()).unwrap();
        let at =
            |secs: i64| verify_at(&token, NOW.plus_ms(secs * 1_000)).map_err(|mut error| error.split_off(17));
        assert!(at(-60).is_ok() && at(960).is_ok());
        assert_eq!(at(-61), Err("the bearer token is not valid yet".to_owned()));
        assert_eq!(at(961), Err("the bearer token has expired".to_owned()));
    }

    #[test]
    fn no_algorithm_is_no_token() {
        let (_, claims, signature) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
        let kid = jwks(&keys())["keys"][0]["kid"].take();
        for alg in ["none", "None", "", "HS256", "EdDSA"] {
            let head = segment(&json!({"alg": alg, "typ": "JWT", "kid": kid}));
            for end in ["", "AAAA"] {
                assert!(is_refused(&format!("{head}.{}.{end}", segment(&claims))), "{alg}");
            }
            assert!(
                alg == "EdDSA" || is_refused(&format!("{head}.{}.{signature}", segment(&claims))),
                "{alg}"
            );
        }
    }

    #[test]
    fn the_public_key_is_no_hmac_secret() {
        let (_, claims, _) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
        let public = keys().jwt_key().verifying_key().to_bytes();
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = Header::new(algorithm);
            header.kid = jwks(&keys())["keys"][0]["kid"].as_str().map(str::to_owned);
            let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
            assert!(is_refused(&token));
        }
    }

    #[test]
    fn another_key_is_refused() {
        let other = Keyring::new(&[2; 32]).unwrap();
        assert!(is_refused(&mint(&other, ISSUER, &grant()).unwrap()));
        assert!(is_refused(&forged(|header, _| header.kid = Some("other".to_owned()))));
        assert!(is_refused(&forged(|header, _| header.kid = None)));
        assert!(is_refused(&forged(|header, _| header.crit = Some(vec!["b64".to_owned()]))));
        // The webhooks' key is another one, even though it comes from the same master.
        assert_ne!(keys().webhook_key().to_bytes(), keys().jwt_key().to_bytes());
    }

    #[test]
    fn another_issuer_or_audience_is_refused() {
        assert!(is_refused(&mint(&keys(), "https://other.example", &grant()).unwrap()));
        for (claim, value) in [
            ("iss", json!("https://api.example/")),
            ("iss", json!([ISSUER, "x"])),
            ("aud", json!("https://other.example")),
            ("aud", json!(["https://other.example", ISSUER])),
            ("sub", json!("00000000-0000-0000-0000-000000000000")),
            ("sub", json!("alice")),
            ("tenant", json!("shared")),
            ("tenant", json!("")),
            ("exp", json!("1766325383")),
            ("exp", json!(null)),
            ("iat", json!(null)),
            ("jti", json!("x")),
            ("scope", json!(["read:orders"])),
        ] {
            assert!(is_refused(&forged(|_, claims| claims[claim] = value.clone())), "{claim} {value}");
        }
        for claim in ["iss", "aud", "sub", "exp", "iat", "jti", "scope"] {
            assert!(
                is_refused(&forged(|_, claims| drop(claims.as_object_mut().unwrap().remove(claim)))),
                "{claim}"
            );
        }
    }

    #[test]
    fn changed_claims_are_refused() {
        let token = mint(&keys(), ISSUER, &grant()).unwrap();
        let (header, mut claims, signature) = parts(&token);
        claims["tenant"] = json!(Uuid::from_u128(9));
        assert!(is_refused(&format!("{}.{}.{signature}", segment(&header), segment(&claims))));
        assert!(is_refused(&format!("{token}.")) && is_refused(&token[..token.len() - 1]) && is_refused(""));
    }

    #[test]
    fn the_key_set_shows_the_public_key_alone() {
        let set = jwks(&keys());
        let x = URL_SAFE_NO_PAD.decode(set["keys"][0]["x"].as_str().unwrap()).unwrap();
        assert_eq!(x, keys().jwt_key().verifying_key().to_bytes());
        assert!(set["keys"][0].get("d").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(token in "[A-Za-z0-9_.-]{0,80}") {
            proptest::prop_assert!(is_refused(&token));
        }
    }
}
