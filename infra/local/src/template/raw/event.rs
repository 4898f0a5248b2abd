//! What starts a function: requests, a stream, a queue, a schedule.

use serde::Deserialize;

use super::{logical_id_of, wrong};
use crate::template::{QueueMapping, Route, StreamMapping, TemplateError};

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
pub(super) enum RawEvent {
    HttpApi(Option<RawHttp>),
    DynamoDB(RawStream),
    #[serde(rename = "SQS")]
    Sqs(RawMapping),
    Schedule(RawSchedule),
    ScheduleV2(RawScheduleV2),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawHttp {
    method: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RawStream {
    stream: String,
    starting_position: String,
    #[serde(default)]
    batch_size: Option<usize>,
    #[serde(default)]
    maximum_batching_window_in_seconds: u64,
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
pub(super) struct RawMapping {
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
pub(super) struct RawSchedule {
    pub(super) schedule: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RawScheduleV2 {
    pub(super) schedule_expression: String,
}

impl RawHttp {
    pub(super) fn into_route(self, function: &str) -> Route {
        // SAM makes the default route of an event without a path.
        let path = self.path.unwrap_or_else(|| "$default".to_owned());
        let method = self.method.unwrap_or_else(|| "ANY".to_owned()).to_ascii_uppercase();
        let method = if method == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { method };
        Route { method, path, function: function.to_owned() }
    }
}

impl RawStream {
    pub(super) fn into_mapping(self, logical_id: &str) -> Result<StreamMapping, TemplateError> {
        let patterns = self.filter_criteria.filters.iter();
        let filters: Result<_, _> = patterns.map(|filter| serde_json::from_str(&filter.pattern)).collect();
        Ok(StreamMapping {
            table: logical_id_of(&self.stream),
            starting_position: self.starting_position,
            batch_size: self.batch_size.unwrap_or(100),
            batching_window_secs: self.maximum_batching_window_in_seconds,
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
    pub(super) fn into_mapping(self) -> QueueMapping {
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
