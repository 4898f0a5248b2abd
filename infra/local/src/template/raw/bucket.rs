//! A bucket.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::template::Bucket;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawBucket {
    public_access_block_configuration: RawPublicAccess,
    bucket_encryption: Option<Json>,
    lifecycle_configuration: RawLifecycle,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawPublicAccess {
    block_public_acls: bool,
    block_public_policy: bool,
    ignore_public_acls: bool,
    restrict_public_buckets: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawLifecycle {
    rules: Vec<RawLifecycleRule>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawLifecycleRule {
    expiration_in_days: Option<u32>,
    prefix: Option<String>,
}

impl RawBucket {
    pub(super) fn into_bucket(self, logical_id: &str) -> Bucket {
        let access = self.public_access_block_configuration;
        let rules = self.lifecycle_configuration.rules.iter().filter(|rule| rule.prefix.is_none());
        Bucket {
            logical_id: logical_id.to_owned(),
            is_private: access.block_public_acls
                && access.block_public_policy
                && access.ignore_public_acls
                && access.restrict_public_buckets,
            is_encrypted: self.bucket_encryption.is_some(),
            expires_days: rules.filter_map(|rule| rule.expiration_in_days).min(),
        }
    }
}
