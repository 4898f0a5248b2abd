//! A stream record in the JSON that Lambda hands to a function.

use std::collections::HashMap;

use aws_sdk_dynamodbstreams::primitives::Blob;
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record as SdkRecord, StreamRecord};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::reader::Record;

/// The SDK's record as Lambda would send it.
pub(super) fn from_sdk(record: &SdkRecord, stream_arn: &str) -> Record {
    let change = record.dynamodb();
    let sequence = change.and_then(|change| change.sequence_number()).unwrap_or_default().to_owned();
    let mut event = json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str()),
        "eventVersion": record.event_version(),
        "eventSource": record.event_source(),
        "eventSourceARN": stream_arn,
        "awsRegion": record.aws_region().unwrap_or_default(),
        "dynamodb": change.map(stream_record),
    });
    // dynoxide marks TTL deletions alone and the SDK loses the names of its two members, so they are filled in.
    if record.user_identity().is_some() {
        event["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    }
    Record { sequence, event }
}

fn stream_record(change: &StreamRecord) -> Json {
    let mut json = json!({
        "ApproximateCreationDateTime": change.approximate_creation_date_time().map_or(0.0, |at| at.as_secs_f64()),
        "SequenceNumber": change.sequence_number(),
        "SizeBytes": change.size_bytes().unwrap_or_default(),
        "StreamViewType": change.stream_view_type().map(|view| view.as_str()),
    });
    for (name, image) in
        [("Keys", change.keys()), ("NewImage", change.new_image()), ("OldImage", change.old_image())]
    {
        // An image that does not exist is absent, so that a filter's `exists` sees none.
        if let Some(image) = image {
            json[name] = item(image);
        }
    }
    json
}

fn item(attributes: &HashMap<String, AttributeValue>) -> Json {
    let members = attributes.iter().map(|(name, value)| (name.clone(), attribute(value)));
    Json::Object(members.collect::<Map<_, _>>())
}

fn attribute(value: &AttributeValue) -> Json {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(flag) => json!({ "NULL": flag }),
        AttributeValue::B(bytes) => json!({ "B": base64(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => json!({ "BS": blobs.iter().map(base64).collect::<Vec<_>>() }),
        AttributeValue::L(values) => json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() }),
        AttributeValue::M(members) => json!({ "M": item(members) }),
        // A type that does not exist yet cannot have been written by us.
        _ => Json::Null,
    }
}

fn base64(bytes: &Blob) -> String {
    STANDARD.encode(bytes.as_ref())
}
