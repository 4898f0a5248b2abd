//! Functions of one stack, each started at its first invocation, as in Lambda.

use std::collections::BTreeMap;

use runtime::events::{HttpAnswer, HttpEvent, queue_event, stream_event};
use runtime::process::Bootstrap;
use runtime::stack::Stack;
use runtime::{Result, binaries};
use serde_json::{Value as Json, json};

/// What the template's mappings hand over at most.
const RECORDS_MAX: usize = 100;
const MESSAGES_MAX: usize = 10;

pub(crate) struct Functions {
    pub(crate) stack: Stack,
    running: BTreeMap<String, Bootstrap>,
}

impl Functions {
    pub(crate) async fn start() -> Result<Self> {
        Ok(Self { stack: Stack::start(binaries::workspace()).await?, running: BTreeMap::new() })
    }

    async fn get(&mut self, name: &str) -> Result<&Bootstrap> {
        if !self.running.contains_key(name) {
            self.running.insert(name.to_owned(), self.stack.function(name).await?);
        }
        self.running.get(name).ok_or_else(|| "just inserted".into())
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = &Bootstrap> {
        self.running.values()
    }

    pub(crate) async fn invoke(&mut self, name: &str, event: &Json) -> Result<Json> {
        self.get(name).await?.invoke(event).await
    }

    /// Sends a request to `name`.
    pub(crate) async fn http(&mut self, name: &str, event: &HttpEvent) -> Result<HttpAnswer> {
        HttpAnswer::read(&self.invoke(name, event.json()).await?)
    }

    /// Sends a request that must be answered with `status`.
    pub(crate) async fn expect(&mut self, name: &str, event: &HttpEvent, status: u16) -> Result<HttpAnswer> {
        let answer = self.http(name, event).await?;
        let asked = &event.json()["requestContext"]["http"];
        assert_eq!(answer.status, status, "{} {}: {}", asked["method"], asked["path"], answer.body);
        Ok(answer)
    }

    /// A pet taken in by staff; its id.
    pub(crate) async fn pet(&mut self) -> Result<String> {
        let request = HttpEvent::new("POST", "ANY /v1/pets", "/v1/pets")?
            .header("authorization", &self.stack.authorization()?)
            .body(&json!({
                "species": "DOG", "name": "Max", "ageMonths": 24, "status": "AVAILABLE",
                "price": "738.05", "currency": "USD",
            }));
        Ok(self.expect("pets", &request, 201).await?.text("id").to_owned())
    }

    /// Hands the stream's new records to the events function until it has none left: settling a callback makes more.
    /// Answers them all.
    pub(crate) async fn drain_stream(&mut self) -> Result<Vec<Json>> {
        let mut all = Vec::new();
        loop {
            let records = self.stack.new_records().await?;
            if records.is_empty() {
                return Ok(all);
            }
            self.fan_out(&records).await?;
            all.extend(records);
        }
    }

    pub(crate) async fn fan_out(&mut self, records: &[Json]) -> Result<()> {
        for batch in records.chunks(RECORDS_MAX) {
            let answer = self.invoke("events", &stream_event(batch.to_vec())).await?;
            assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
        }
        Ok(())
    }

    /// Hands the messages of the first queue to the delivery function; answers the events that did it.
    pub(crate) async fn deliver(&mut self) -> Result<Vec<Json>> {
        let mut events = Vec::new();
        for batch in self.stack.take_messages("DeliveriesQueue").await?.chunks(MESSAGES_MAX) {
            let event = queue_event(batch)?;
            let answer = self.invoke("delivery", &event).await?;
            assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
            events.push(event);
        }
        Ok(events)
    }
}
