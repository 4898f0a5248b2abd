//! Received messages in the JSON that Lambda hands to a function.

use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use crate::template::REGION;

/// The SDK's messages as Lambda would send them.
pub(super) fn from_sdk(messages: &[Message], arn: &str) -> serde_json::Result<SqsEvent> {
    let records: Vec<_> = messages.iter().map(|message| record(message, arn)).collect();
    serde_json::from_value(json!({ "Records": records }))
}

fn record(message: &Message, arn: &str) -> Json {
    let system = message.attributes().into_iter().flatten();
    let attributes = system.map(|(name, value)| (name.as_str().to_owned(), Json::from(value.as_str())));
    let own = message.message_attributes().into_iter().flatten();
    let own = own.map(|(name, value)| (name.clone(), message_attribute(value)));
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "md5OfBody": message.md5_of_body(),
        "attributes": attributes.collect::<Map<_, _>>(),
        "messageAttributes": own.collect::<Map<_, _>>(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    })
}

fn message_attribute(value: &MessageAttributeValue) -> Json {
    json!({
        "stringValue": value.string_value(),
        "binaryValue": value.binary_value().map(|bytes| STANDARD.encode(bytes.as_ref())),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.data_type(),
    })
}
