//! Lets `MessageGroupId` through on standard queues, as SQS does since it has fair queues.
//!
//! rustack refuses it there. The id changes nothing but whom SQS serves first, so it is dropped on the way in, and
//! the code that sends is the same here and in AWS.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use rustack_sqs_http::body::SqsResponseBody;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::operations::SqsOperation;
use serde_json::Value as Json;

const MEMBER: &str = "MessageGroupId";

/// A handler that forgets message groups before `inner` sees them.
#[derive(Debug)]
pub(crate) struct AcceptsGroups<H> {
    inner: H,
}

impl<H> AcceptsGroups<H> {
    pub(crate) fn new(inner: H) -> Self {
        Self { inner }
    }
}

impl<H: SqsHandler> SqsHandler for AcceptsGroups<H> {
    fn handle_operation(
        &self,
        op: SqsOperation,
        body: Bytes,
    ) -> Pin<Box<dyn Future<Output = Result<http::Response<SqsResponseBody>, SqsError>> + Send>> {
        let sends = matches!(op, SqsOperation::SendMessage | SqsOperation::SendMessageBatch);
        let body = if sends { without_groups(body) } else { body };
        self.inner.handle_operation(op, body)
    }
}

fn without_groups(body: Bytes) -> Bytes {
    if !body.windows(MEMBER.len()).any(|window| window == MEMBER.as_bytes()) {
        return body;
    }
    let Ok(Json::Object(mut request)) = serde_json::from_slice(&body) else { return body };
    if request.get("QueueUrl").and_then(Json::as_str).is_some_and(|url| url.ends_with(".fifo")) {
        return body;
    }
    request.remove(MEMBER);
    let entries = request.get_mut("Entries").and_then(Json::as_array_mut);
    for entry in entries.into_iter().flatten().filter_map(Json::as_object_mut) {
        entry.remove(MEMBER);
    }
    Bytes::from(Json::Object(request).to_string())
}
