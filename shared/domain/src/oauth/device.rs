//! A device that waits for a user's consent, which is given in a browser elsewhere (RFC 8628).

use uuid::Uuid;

use super::client::ClientRef;
use super::code::Consent;
use super::family::{Family, FamilyRef};
use super::{Misuse, Refusal};
use crate::caller::Permissions;
use crate::id::{DeviceId, FamilyId};
use crate::time::{MINUTE_MS, SECOND_MS, Timestamp};

/// How long a device waits.
pub const DEVICE_LIFETIME_MS: i64 = 10 * MINUTE_MS;
/// Seconds between two of its requests, to begin with; and what each one that comes too early adds, for good.
pub const POLL_SECS: u32 = 5;
/// How much sooner a request may come than it should: clocks and networks are not that exact.
const EARLY_MS: i64 = SECOND_MS / 2;

/// How far the user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Nothing was said.
    Pending,
    /// Yes.
    Approved(Consent),
    /// No.
    Denied,
    /// The device has its tokens.
    Spent(FamilyRef),
}

/// A device that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The client on it.
    pub client: ClientRef,
    /// What it asks for.
    pub permissions: Permissions,
    /// How far the user is.
    pub state: DeviceState,
    /// Seconds between two of its requests.
    pub interval_secs: u32,
    /// When it asked last.
    pub polled_at: Option<Timestamp>,
    /// From when on it waits in vain.
    pub expires_at: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
}

/// What a device is told when it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// To ask again; what it is from now on.
    Wait(Device, Refusal),
    /// Its tokens; what it is from now on.
    Done(Device, Family),
}

impl Device {
    /// One that begins to wait.
    #[must_use]
    pub const fn begin(id: DeviceId, client: ClientRef, permissions: Permissions, now: Timestamp) -> Self {
        let expires_at = now.plus_ms(DEVICE_LIFETIME_MS);
        let (state, interval_secs, polled_at) = (DeviceState::Pending, POLL_SECS, None);
        Self { id, client, permissions, state, interval_secs, polled_at, expires_at, version: 1 }
    }

    /// Whether a user can still answer at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Pending && now < self.expires_at
    }

    /// The same device with the user's answer; `None` when there is one already, or it waits no more.
    #[must_use]
    pub fn answered(self, consent: Option<Consent>, now: Timestamp) -> Option<Self> {
        let state = consent.map_or(DeviceState::Denied, DeviceState::Approved);
        self.is_open(now).then(|| Self { state, version: self.version + 1, ..self })
    }

    /// What `client` is told when it asks, and gets when the user said yes: the family `id` with the access token `token`.
    ///
    /// # Errors
    /// [`Misuse::Replayed`] when it has its tokens; [`Misuse::Refused`] when there is nothing to wait for.
    pub fn poll(
        self,
        client: ClientRef,
        (id, token): (FamilyId, Uuid),
        now: Timestamp,
    ) -> Result<Polled, Misuse> {
        if client != self.client {
            return Err(Misuse::Refused(Refusal::InvalidGrant("the device_code is not this client's")));
        }
        match self.state {
            DeviceState::Spent(family) => Err(Misuse::Replayed(family)),
            DeviceState::Denied => Err(Misuse::Refused(Refusal::AccessDenied)),
            _ if now >= self.expires_at => Err(Misuse::Refused(Refusal::ExpiredToken)),
            DeviceState::Approved(consent) => {
                let family = Family::begin(id, consent, token, now);
                let state = DeviceState::Spent(family.reference());
                let spent = Self { state, version: self.version + 1, ..self };
                Ok(Polled::Done(spent, family))
            }
            DeviceState::Pending => {
                let (device, refusal) = self.waits(now);
                Ok(Polled::Wait(device, refusal))
            }
        }
    }

    fn waits(self, now: Timestamp) -> (Self, Refusal) {
        let interval_ms = i64::from(self.interval_secs) * SECOND_MS;
        let is_early = self.polled_at.is_some_and(|last| now.since_ms(last) < interval_ms - EARLY_MS);
        let (more, refusal) = match is_early {
            true => (POLL_SECS, Refusal::SlowDown),
            false => (0, Refusal::AuthorizationPending),
        };
        let interval_secs = self.interval_secs.saturating_add(more);
        (Self { interval_secs, polled_at: Some(now), version: self.version + 1, ..self }, refusal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{DEVICE_LIFETIME_MS, Device, DeviceState, POLL_SECS, Polled};
    use crate::id::{ClientId, DeviceId, FamilyId, UserId};
    use crate::oauth::{ClientRef, Consent, FIRST_PARTY, Misuse, Refusal, offered_to_devices};
    use crate::tenant::Scope;
    use crate::time::{SECOND_MS, Timestamp};

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
    const CLIENT: ClientRef = ClientRef { scope: Scope::Shared, id: FIRST_PARTY };
    const FRESH: (FamilyId, Uuid) = (FamilyId::new(Uuid::from_u128(1)), Uuid::from_u128(2));

    fn device() -> Device {
        Device::begin(DeviceId::new(Uuid::from_u128(5)), CLIENT, offered_to_devices(), NOW)
    }

    fn consent() -> Consent {
        let user = UserId::new(Uuid::from_u128(3));
        Consent { client: CLIENT, user, permissions: offered_to_devices(), signed_in_at: NOW }
    }

    #[test]
    fn it_gets_its_tokens_once() {
        let approved = device().answered(Some(consent()), NOW).unwrap();
        let Ok(Polled::Done(spent, family)) = approved.poll(CLIENT, FRESH, NOW) else { panic!() };
        assert_eq!((family.id, spent.state), (FRESH.0, DeviceState::Spent(family.reference())));
        assert_eq!(spent.poll(CLIENT, FRESH, NOW), Err(Misuse::Replayed(family.reference())));
    }

    #[test]
    fn a_user_answers_once() {
        let denied = device().answered(None, NOW).unwrap();
        assert_eq!(denied.clone().poll(CLIENT, FRESH, NOW), Err(Misuse::Refused(Refusal::AccessDenied)));
        assert_eq!(denied.answered(Some(consent()), NOW), None);
        assert_eq!(device().answered(Some(consent()), NOW.plus_ms(DEVICE_LIFETIME_MS)), None);
    }

    #[test]
    fn half_a_second_too_soon_is_in_time() {
        for (wait_ms, refusal) in [(4_500, Refusal::AuthorizationPending), (4_499, Refusal::SlowDown)] {
            let asked = Device { polled_at: Some(NOW), ..device() };
            let Ok(Polled::Wait(_, told)) = asked.poll(CLIENT, FRESH, NOW.plus_ms(wait_ms)) else { panic!() };
            assert_eq!(told, refusal);
        }
    }

    #[test]
    fn another_client_learns_nothing() {
        let other = ClientRef { id: ClientId::new(Uuid::from_u128(8)), ..CLIENT };
        let approved = device().answered(Some(consent()), NOW).unwrap();
        assert!(matches!(approved.poll(other, FRESH, NOW), Err(Misuse::Refused(Refusal::InvalidGrant(_)))));
    }

    proptest! {
        #[test]
        fn whoever_asks_too_often_waits_longer_for_good(waits in proptest::collection::vec(0_i64..40, 1..12)) {
            let (mut device, mut now, mut expected) = (device(), NOW, POLL_SECS);
            for (nth, wait) in waits.into_iter().enumerate() {
                now = now.plus_ms(wait * SECOND_MS);
                let is_early = nth > 0 && wait < i64::from(expected);
                match device.clone().poll(CLIENT, FRESH, now) {
                    Ok(Polled::Wait(next, refusal)) => {
                        expected += if is_early { POLL_SECS } else { 0 };
                        prop_assert_eq!(refusal == Refusal::SlowDown, is_early);
                        prop_assert_eq!(next.interval_secs, expected);
                        device = next;
                    }
                    other => {
                        prop_assert_eq!(other, Err(Misuse::Refused(Refusal::ExpiredToken)));
                        prop_assert!(now.since_ms(NOW) >= DEVICE_LIFETIME_MS);
                        break;
                    }
                }
            }
        }
    }
}
