//! The template's own words: the members of CloudFormation and SAM that are read, turned into [`super`]'s types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{
    Bucket, Function, Index, Key, Queue, QueueMapping, Redrive, Route, StreamMapping, Table, Template,
    TemplateError,
};

/// Reads functions, tables and queues out of a resolved template.
pub(super) fn read(document: &Json) -> Result<Template, TemplateError> {
    let globals: Globals = member("Globals", document.get("Globals").unwrap_or(&Json::Null))?;
    let mut template =
        Template { functions: Vec::new(), tables: Vec::new(), queues: Vec::new(), buckets: Vec::new() };
    let resources = document.get("Resources").and_then(Json::as_object);
    for (logical_id, resource) in resources.into_iter().flatten() {
        let properties = resource.get("Properties").unwrap_or(&Json::Null);
        match resource.get("Type").and_then(Json::as_str).unwrap_or_default() {
            "AWS::Serverless::Function" => {
                let function: RawFunction = member(logical_id, properties)?;
                template.functions.push(function.into_function(logical_id, &globals.function)?);
            }
            "AWS::DynamoDB::Table" => {
                template.tables.push(member::<RawTable>(logical_id, properties)?.into_table(logical_id)?);
            }
            "AWS::SQS::Queue" => {
                template.queues.push(member::<RawQueue>(logical_id, properties)?.into_queue(logical_id));
            }
            "AWS::S3::Bucket" => {
                template.buckets.push(member::<RawBucket>(logical_id, properties)?.into_bucket(logical_id));
            }
            _ => {}
        }
    }
    Ok(template)
}

fn member<T: DeserializeOwned + Default>(logical_id: &str, value: &Json) -> Result<T, TemplateError> {
    if value.is_null() {
        return Ok(T::default());
    }
    T::deserialize(value).map_err(|error| wrong(logical_id, error))
}

fn wrong(logical_id: &str, reason: impl ToString) -> TemplateError {
    TemplateError::Resource { logical_id: logical_id.to_owned(), reason: reason.to_string() }
}

/// `Queue.Arn` and `Table.StreamArn` both name the resource before the dot.
fn logical_id_of(reference: &str) -> String {
    reference.split('.').next().unwrap_or(reference).to_owned()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Globals {
    function: RawFunction,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawFunction {
    code_uri: String,
    timeout: Option<u64>,
    memory_size: Option<u64>,
    environment: RawEnvironment,
    events: BTreeMap<String, RawEvent>,
    function_url_config: RawUrl,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawUrl {
    invoke_mode: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawEnvironment {
    variables: BTreeMap<String, Json>,
}

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
enum RawEvent {
    HttpApi(Option<RawHttp>),
    DynamoDB(RawStream),
    #[serde(rename = "SQS")]
    Sqs(RawMapping),
    Schedule(RawSchedule),
    ScheduleV2(RawScheduleV2),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawHttp {
    method: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawStream {
    stream: String,
    starting_position: String,
    #[serde(default)]
    batch_size: Option<usize>,
    #[serde(default)]
    parallelization_factor: Option<u32>,
    #[serde(default)]
    filter_criteria: RawFilters,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    #[serde(default)]
    maximum_retry_attempts: Option<i64>,
    #[serde(default)]
    maximum_record_age_in_seconds: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawFilters {
    filters: Vec<RawFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawFilter {
    pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawMapping {
    queue: String,
    #[serde(default)]
    batch_size: Option<i32>,
    #[serde(default)]
    function_response_types: Vec<String>,
    #[serde(default)]
    scaling_config: RawScaling,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawScaling {
    maximum_concurrency: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawSchedule {
    schedule: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawScheduleV2 {
    schedule_expression: String,
}

impl RawFunction {
    fn into_function(self, logical_id: &str, globals: &Self) -> Result<Function, TemplateError> {
        let binary = self.code_uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let mut environment = globals.environment.variables.clone();
        environment.extend(self.environment.variables);
        let mut function = Function {
            logical_id: logical_id.to_owned(),
            binary,
            // What Lambda takes when nobody says.
            timeout_secs: self.timeout.or(globals.timeout).unwrap_or(3),
            memory_mb: self.memory_size.or(globals.memory_size).unwrap_or(128),
            environment,
            routes: Vec::new(),
            streams: Vec::new(),
            queues: Vec::new(),
            schedules: Vec::new(),
            streams_answers: self.function_url_config.invoke_mode == "RESPONSE_STREAM",
        };
        for event in self.events.into_values() {
            function.add(event)?;
        }
        Ok(function)
    }
}

impl Function {
    fn add(&mut self, event: RawEvent) -> Result<(), TemplateError> {
        match event {
            RawEvent::HttpApi(http) => self.routes.push(http.unwrap_or_default().into_route(&self.binary)),
            RawEvent::DynamoDB(stream) => self.streams.push(stream.into_mapping(&self.logical_id)?),
            RawEvent::Sqs(mapping) => self.queues.push(mapping.into_mapping()),
            RawEvent::Schedule(schedule) => self.schedules.push(schedule.schedule),
            RawEvent::ScheduleV2(schedule) => self.schedules.push(schedule.schedule_expression),
        }
        Ok(())
    }
}

impl RawHttp {
    fn into_route(self, function: &str) -> Route {
        // SAM makes the default route of an event without a path.
        let path = self.path.unwrap_or_else(|| "$default".to_owned());
        let method = self.method.unwrap_or_else(|| "ANY".to_owned()).to_ascii_uppercase();
        let method = if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { method };
        Route { method, path, function: function.to_owned() }
    }
}

impl RawStream {
    fn into_mapping(self, logical_id: &str) -> Result<StreamMapping, TemplateError> {
        let patterns = self.filter_criteria.filters.iter();
        let filters: Result<_, _> = patterns.map(|filter| serde_json::from_str(&filter.pattern)).collect();
        Ok(StreamMapping {
            table: logical_id_of(&self.stream),
            starting_position: self.starting_position,
            batch_size: self.batch_size.unwrap_or(100),
            parallelization_factor: self.parallelization_factor.unwrap_or(1),
            filters: filters.map_err(|error| wrong(logical_id, format!("filter pattern: {error}")))?,
            bisect: self.bisect_batch_on_function_error,
            partial_failures: partial_failures(&self.function_response_types),
            retry_attempts_max: self.maximum_retry_attempts.unwrap_or(-1),
            record_age_max_secs: self.maximum_record_age_in_seconds.unwrap_or(-1),
        })
    }
}

impl RawMapping {
    fn into_mapping(self) -> QueueMapping {
        QueueMapping {
            queue: logical_id_of(&self.queue),
            batch_size: self.batch_size.unwrap_or(10),
            partial_failures: partial_failures(&self.function_response_types),
            concurrency_max: self.scaling_config.maximum_concurrency,
        }
    }
}

fn partial_failures(response_types: &[String]) -> bool {
    response_types.iter().any(|kind| kind == "ReportBatchItemFailures")
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawTable {
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
    fn into_table(self, logical_id: &str) -> Result<Table, TemplateError> {
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

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawQueue {
    queue_name: String,
    visibility_timeout: Option<u32>,
    message_retention_period: Option<u32>,
    receive_message_wait_time_seconds: Option<u32>,
    redrive_policy: Option<RawRedrive>,
    redrive_allow_policy: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRedrive {
    dead_letter_target_arn: String,
    max_receive_count: u32,
}

impl RawQueue {
    fn into_queue(self, logical_id: &str) -> Queue {
        Queue {
            logical_id: logical_id.to_owned(),
            name: named(self.queue_name, logical_id),
            // What SQS takes when nobody says.
            visibility_timeout_secs: self.visibility_timeout.unwrap_or(30),
            retention_secs: self.message_retention_period.unwrap_or(345_600),
            wait_secs: self.receive_message_wait_time_seconds.unwrap_or(0),
            redrive: self.redrive_policy.map(|redrive| Redrive {
                target: logical_id_of(&redrive.dead_letter_target_arn),
                receives_max: redrive.max_receive_count,
            }),
            redrive_allow: self.redrive_allow_policy,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawBucket {
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
    fn into_bucket(self, logical_id: &str) -> Bucket {
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

/// CloudFormation makes a name up where none is given; the logical id is as good here.
fn named(name: String, logical_id: &str) -> String {
    if name.is_empty() { logical_id.to_owned() } else { name }
}
