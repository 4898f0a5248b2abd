//! How a disturbance looks to the SDK.

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::{Value, json};

use super::{Disturbance, Interference};
use crate::between::{self, Between};

impl Between for Interference {
    fn call(&self, request: HttpRequest, service: &SharedHttpConnector) -> HttpConnectorFuture {
        let body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let token = body["ClientRequestToken"].as_str().unwrap_or_default();
        match self.next(between::operation(&request), token) {
            None => service.call(request),
            Some((Disturbance::LostAnswer, _)) => lose(service.call(request)),
            Some((Disturbance::Unrecognized, dice)) => {
                let items = body["TransactItems"].as_array().map(Vec::len);
                repeat(service.call(request), items, dice)
            }
            Some((disturbance, dice)) => {
                let items = body["TransactItems"].as_array().map(Vec::len);
                HttpConnectorFuture::ready(answer(disturbance, items, dice))
            }
        }
    }
}

/// The call happens; nobody hears of it.
fn lose(call: HttpConnectorFuture) -> HttpConnectorFuture {
    HttpConnectorFuture::new(async {
        let answer = call.await?;
        drop(answer);
        Err(ConnectorError::io("the connection was closed before the answer arrived".into()))
    })
}

/// The call happens, and what is heard is how its repetition ended.
fn repeat(call: HttpConnectorFuture, items: Option<usize>, dice: u64) -> HttpConnectorFuture {
    HttpConnectorFuture::new(async move {
        drop(call.await?);
        answer(Disturbance::Unrecognized, items, dice)
    })
}

/// What the service says; `items` is how many a transaction has.
fn answer(disturbance: Disturbance, items: Option<usize>, dice: u64) -> Result<HttpResponse, ConnectorError> {
    let (status, error) = match (disturbance, items) {
        (Disturbance::Conflict, Some(items)) => (400, cancelled(items, dice, "TransactionConflict")),
        (Disturbance::Conflict, None) => (400, error("TransactionConflictException")),
        (Disturbance::Invalid, Some(items)) => (400, cancelled(items, dice, "ValidationError")),
        (Disturbance::Unrecognized, Some(items)) => (400, cancelled(items, dice, "ConditionalCheckFailed")),
        (Disturbance::Fault, _) => (500, error("InternalServerError")),
        (_, _) if dice.is_multiple_of(2) => (400, error("ThrottlingException")),
        (_, _) => (400, error("ProvisionedThroughputExceededException")),
    };
    between::answer(status, &error.to_string())
}

fn error(name: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "as the test wants it"})
}

/// A transaction cancelled because of one of its items.
fn cancelled(items: usize, dice: u64, code: &str) -> Value {
    let hit = usize::try_from(dice).unwrap_or_default() % items.max(1);
    let reason =
        |item| if item == hit { json!({"Code": code, "Message": "…"}) } else { json!({"Code": "None"}) };
    let mut error = error("TransactionCanceledException");
    error["CancellationReasons"] = (0..items).map(reason).collect();
    error
}
