//! A table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{named, wrong};
use crate::template::{Index, Key, Table, TemplateError};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawTable {
    table_name: String,
    attribute_definitions: Vec<RawAttribute>,
    key_schema: Vec<RawKey>,
    global_secondary_indexes: Vec<RawIndex>,
    stream_specification: Option<RawStreamSpecification>,
    time_to_live_specification: Option<RawTtl>,
    billing_mode: Option<String>,
    point_in_time_recovery_specification: Option<RawRecovery>,
    deletion_protection_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawAttribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawKey {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawIndex {
    index_name: String,
    key_schema: Vec<RawKey>,
    projection: RawProjection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawProjection {
    projection_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawStreamSpecification {
    stream_view_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawTtl {
    attribute_name: String,
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawRecovery {
    point_in_time_recovery_enabled: bool,
}

impl RawTable {
    pub(super) fn into_table(self, logical_id: &str) -> Result<Table, TemplateError> {
        let attributes = self.attribute_definitions.into_iter();
        let mut indexes = BTreeMap::new();
        for index in self.global_secondary_indexes {
            let key = key(&index.key_schema, logical_id)?;
            indexes.insert(index.index_name, Index { key, projection: index.projection.projection_type });
        }
        Ok(Table {
            logical_id: logical_id.to_owned(),
            name: named(self.table_name, logical_id),
            attributes: attributes.map(|a| (a.attribute_name, a.attribute_type)).collect(),
            key: key(&self.key_schema, logical_id)?,
            indexes,
            stream_view: self.stream_specification.map(|stream| stream.stream_view_type),
            ttl_attribute: self
                .time_to_live_specification
                .filter(|ttl| ttl.enabled)
                .map(|ttl| ttl.attribute_name),
            billing_mode: self.billing_mode.unwrap_or_else(|| "PROVISIONED".to_owned()),
            point_in_time_recovery: self
                .point_in_time_recovery_specification
                .is_some_and(|recovery| recovery.point_in_time_recovery_enabled),
            deletion_protection: self.deletion_protection_enabled,
        })
    }
}

fn key(schema: &[RawKey], logical_id: &str) -> Result<Key, TemplateError> {
    let of =
        |kind: &str| schema.iter().find(|key| key.key_type == kind).map(|key| key.attribute_name.clone());
    let partition = of("HASH").ok_or_else(|| wrong(logical_id, "a key schema has no HASH key"))?;
    Ok(Key { partition, sort: of("RANGE") })
}
