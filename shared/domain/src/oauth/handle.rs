//! Refresh tokens and device codes as texts: what they name, so that it is read and not searched, and a tag that only we
//! can make. Nothing of them is kept, and one that was used is still known to be ours.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::device::DEVICE_LIFETIME_MS;
use super::family::FamilyRef;
use crate::id::{DeviceId, FamilyId, UserId};
use crate::signature::hmac_sha256;
use crate::tenant::{Scope, TenantId};
use crate::time::Timestamp;

const TAG_BYTES: usize = 32;
const UUID_BYTES: usize = 16;
/// What of a UUID v7 stands behind its milliseconds (RFC 9562 section 5.7).
const TIMELESS_BITS: u32 = 80;

/// One refresh token of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The family.
    pub family: FamilyRef,
    /// Which of its tokens.
    pub generation: u32,
}

impl RefreshToken {
    const PREFIX: &str = "rt_";

    /// Its text; `key` is for refresh tokens alone.
    #[must_use]
    pub fn text(self, key: &[u8; 32]) -> String {
        let FamilyRef { scope, user, id } = self.family;
        let mut named = [pool(scope), *user.uuid().as_bytes(), *id.uuid().as_bytes()].concat();
        named.extend(self.generation.to_be_bytes());
        tagged(Self::PREFIX, key, named)
    }

    /// What a text names, if we made it.
    #[must_use]
    pub fn parse(text: &str, key: &[u8; 32]) -> Option<Self> {
        let named = untagged(Self::PREFIX, key, text)?;
        let (pool, named) = named.split_first_chunk::<UUID_BYTES>()?;
        let (user, named) = named.split_first_chunk::<UUID_BYTES>()?;
        let (id, generation) = named.split_first_chunk::<UUID_BYTES>()?;
        let (user, id) = (UserId::new(Uuid::from_bytes(*user)), FamilyId::new(Uuid::from_bytes(*id)));
        Some(Self {
            family: FamilyRef { scope: scope(*pool), user, id },
            generation: u32::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

/// A `device_code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// The pool.
    pub scope: Scope,
    /// The device.
    pub device: DeviceId,
}

impl DeviceCode {
    const PREFIX: &str = "dc_";

    /// Its text; `key` is for device codes alone.
    #[must_use]
    pub fn text(self, key: &[u8; 32]) -> String {
        tagged(Self::PREFIX, key, [pool(self.scope), *self.device.uuid().as_bytes()].concat())
    }

    /// What a text names, if we made it.
    #[must_use]
    pub fn parse(text: &str, key: &[u8; 32]) -> Option<Self> {
        let named = untagged(Self::PREFIX, key, text)?;
        let (pool, device) = named.split_first_chunk::<UUID_BYTES>()?;
        let device = DeviceId::new(Uuid::from_bytes(device.try_into().ok()?));
        Some(Self { scope: scope(*pool), device })
    }

    /// Whether its device may still wait at `now`; its id says when that began.
    #[must_use]
    pub fn may_wait(self, now: Timestamp) -> bool {
        let began_ms = i64::try_from(self.device.uuid().as_u128() >> TIMELESS_BITS).unwrap_or(i64::MAX);
        now.as_ms().saturating_sub(began_ms) < DEVICE_LIFETIME_MS
    }
}

/// The tenant's id, or zeros, which are none.
fn pool(scope: Scope) -> [u8; UUID_BYTES] {
    scope.tenant_id().map_or([0; UUID_BYTES], |tenant| *tenant.uuid().as_bytes())
}

fn scope(pool: [u8; UUID_BYTES]) -> Scope {
    match pool {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] => Scope::Shared,
        tenant => Scope::Tenant(TenantId::new(Uuid::from_bytes(tenant))),
    }
}

fn tagged(prefix: &str, key: &[u8; 32], mut named: Vec<u8>) -> String {
    let tag = hmac_sha256(key, &[prefix.as_bytes(), &named]);
    named.extend(tag);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(named))
}

fn untagged(prefix: &str, key: &[u8; 32], text: &str) -> Option<Vec<u8>> {
    let mut named = URL_SAFE_NO_PAD.decode(text.strip_prefix(prefix)?).ok()?;
    let tag = named.split_off(named.len().checked_sub(TAG_BYTES)?);
    let expected = hmac_sha256(key, &[prefix.as_bytes(), &named]);
    bool::from(expected.ct_eq(&tag)).then_some(named)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{DeviceCode, RefreshToken};
    use crate::id::{DeviceId, FamilyId, TenantId, UserId};
    use crate::oauth::FamilyRef;
    use crate::tenant::Scope;
    use crate::time::Timestamp;

    const KEY: [u8; 32] = [7; 32];

    fn scope(tenant: u128) -> Scope {
        if tenant == 0 { Scope::Shared } else { Scope::Tenant(TenantId::new(Uuid::from_u128(tenant))) }
    }

    fn family(scope: Scope, user: u128, id: Uuid) -> FamilyRef {
        FamilyRef { scope, user: UserId::new(Uuid::from_u128(user)), id: FamilyId::new(id) }
    }

    #[test]
    fn a_code_is_a_devices_for_as_long_as_that_waits() {
        let began = Timestamp::from_ms(1_766_325_383_000);
        let id = Uuid::from_u128((1_766_325_383_000 << 80) | (7 << 76) | u128::from(u64::MAX));
        let code = DeviceCode { scope: Scope::Shared, device: DeviceId::new(id) };
        for (age_ms, may_wait) in [(-1, true), (0, true), (599_999, true), (600_000, false)] {
            assert_eq!(code.may_wait(began.plus_ms(age_ms)), may_wait, "{age_ms}");
        }
    }

    proptest! {
        #[test]
        fn a_text_leads_back_to_what_it_names(
            tenant in 0..u128::MAX,
            user: u128,
            id in 1..u128::MAX,
            generation: u32,
        ) {
            let (scope, id) = (scope(tenant), Uuid::from_u128(id));
            let token = RefreshToken { family: family(scope, user, id), generation };
            let code = DeviceCode { scope, device: DeviceId::new(id) };
            prop_assert_eq!(RefreshToken::parse(&token.text(&KEY), &KEY), Some(token));
            prop_assert_eq!(DeviceCode::parse(&code.text(&KEY), &KEY), Some(code));
            prop_assert_eq!(RefreshToken::parse(&token.text(&KEY), &[8; 32]), None);
        }

        #[test]
        fn a_changed_text_names_nothing(generation: u32, at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_-]") {
            let token = RefreshToken { family: family(Scope::Shared, 2, Uuid::from_u128(1)), generation };
            let mut text = token.text(&KEY);
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
            prop_assume!(text != token.text(&KEY));
            prop_assert_eq!(RefreshToken::parse(&text, &KEY), None);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "(rt_|dc_)?[A-Za-z0-9_-]{0,160}") {
            prop_assert_eq!(RefreshToken::parse(&text, &KEY), None);
            prop_assert_eq!(DeviceCode::parse(&text, &KEY), None);
        }
    }
}
