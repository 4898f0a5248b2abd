//! Signed links to receipts: whoever holds one may read the receipt for seven days.

use crate::id::ReceiptId;
use crate::signature::hmac_sha256;
use crate::tenant::Scope;
use crate::time::{DAY_MS, Timestamp};

/// How long a link works.
const VALID_MS: i64 = 7 * DAY_MS;

/// A link's proof: the pool, when it ends, and an HMAC over both and the receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLink {
    /// The receipt.
    pub id: ReceiptId,
    /// Its pool.
    pub scope: Scope,
    /// When the link ends, in Unix seconds.
    pub expires_secs: i64,
    /// Hexadecimal HMAC-SHA256.
    pub signature: String,
}

impl ReceiptLink {
    /// A link made `at`.
    #[must_use]
    pub fn sign(key: &[u8], id: ReceiptId, scope: Scope, at: Timestamp) -> Self {
        let expires_secs = at.plus_ms(VALID_MS).as_secs();
        Self { id, scope, expires_secs, signature: mac(key, id, scope, expires_secs) }
    }

    /// Whether the signature is ours and the link has not ended.
    #[must_use]
    pub fn is_valid(&self, key: &[u8], now: Timestamp) -> bool {
        use subtle::ConstantTimeEq;
        let expected = mac(key, self.id, self.scope, self.expires_secs);
        bool::from(expected.as_bytes().ct_eq(self.signature.as_bytes())) && now.as_secs() <= self.expires_secs
    }

    /// The URL below `base_url` (`https://api.example.com`).
    #[must_use]
    pub fn url(&self, base_url: &str) -> String {
        let Self { id, scope, expires_secs, signature } = self;
        format!("{base_url}/v1/receipts/{id}?pool={scope}&expires={expires_secs}&signature={signature}")
    }
}

fn mac(key: &[u8], id: ReceiptId, scope: Scope, expires_secs: i64) -> String {
    hex::encode(hmac_sha256(key, &[format!("receipt|{scope}|{id}|{expires_secs}").as_bytes()]))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::ReceiptLink;
    use crate::id::ReceiptId;
    use crate::{Scope, Timestamp};

    #[test]
    fn a_link_works_for_seven_days_and_for_nothing_else() {
        let at = Timestamp::from_ms(1_700_000_000_000);
        let link = ReceiptLink::sign(b"key", ReceiptId::new(Uuid::from_u128(7)), Scope::Shared, at);
        let week_ms = 7 * 24 * 3_600_000;
        assert!(link.is_valid(b"key", at.plus_ms(week_ms)));
        assert!(!link.is_valid(b"key", at.plus_ms(week_ms + 1_000)));
        assert!(!link.is_valid(b"other", at));
        assert!(!ReceiptLink { id: ReceiptId::new(Uuid::from_u128(8)), ..link }.is_valid(b"key", at));
    }
}
