//! A function: its code, its environment, and what starts it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::event::RawEvent;
use super::logical_id_of;
use crate::template::{Function, TemplateError};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawFunction {
    code_uri: String,
    role: String,
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

impl RawFunction {
    pub(super) fn into_function(self, logical_id: &str, globals: &Self) -> Result<Function, TemplateError> {
        let binary = self.code_uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let mut environment = globals.environment.variables.clone();
        environment.extend(self.environment.variables);
        let mut function = Function {
            logical_id: logical_id.to_owned(),
            binary,
            role: logical_id_of(&self.role),
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
