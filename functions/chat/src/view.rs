//! The shapes on the wire (contract 3.14). The whole answer says `finishReason: "STOP"`, a chunk says
//! `finish_reason: "stop"`: that is how the contract has them.

use domain::Timestamp;
use serde::Serialize;

use crate::ask::Model;
use crate::provider::{Finish, Usage};

/// What all parts of one answer have in common.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) model: Model,
}

impl Head {
    /// The head of a new answer.
    pub(crate) fn new(model: Model, now: Timestamp) -> Self {
        Self {
            id: format!("chatcmpl_{}", platform::clock::fresh_id().simple()),
            created: now.as_secs(),
            model,
        }
    }
}

/// A whole answer.
#[derive(Serialize)]
pub(crate) struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'static str,
    choices: [Choice<'a>; 1],
    usage: UsageView,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Choice<'a> {
    index: u8,
    message: MessageView<'a>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct MessageView<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageView {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
}

impl<'a> Completion<'a> {
    pub(crate) fn new(head: &'a Head, content: &'a str, finish: Finish, usage: Usage) -> Self {
        let finish_reason = match finish {
            Finish::Stop => "STOP",
            Finish::Length => "LENGTH",
            Finish::Filtered => "CONTENT_FILTER",
        };
        Self {
            id: &head.id,
            object: "chat.completion",
            created: head.created,
            model: head.model.as_str(),
            choices: [Choice { index: 0, message: MessageView { role: ASSISTANT, content }, finish_reason }],
            usage: UsageView {
                prompt_tokens: usage.prompt,
                completion_tokens: usage.completion,
                total_tokens: usage.total(),
            },
        }
    }
}

const ASSISTANT: &str = "assistant";

/// One part of an answer in events.
#[derive(Serialize)]
pub(crate) struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'static str,
    choices: [ChunkChoice<'a>; 1],
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u8,
    delta: Delta<'a>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

impl<'a> Chunk<'a> {
    /// The first chunk, which says who speaks.
    pub(crate) fn first(head: &'a Head) -> Self {
        Self::of(head, Delta { role: Some(ASSISTANT), ..Delta::default() }, None)
    }

    /// A chunk with text.
    pub(crate) fn text(head: &'a Head, text: &'a str) -> Self {
        Self::of(head, Delta { content: Some(text), ..Delta::default() }, None)
    }

    /// The last chunk.
    pub(crate) fn last(head: &'a Head, finish: Finish) -> Self {
        let reason = match finish {
            Finish::Stop => "stop",
            Finish::Length => "length",
            Finish::Filtered => "content_filter",
        };
        Self::of(head, Delta::default(), Some(reason))
    }

    fn of(head: &'a Head, delta: Delta<'a>, finish_reason: Option<&'static str>) -> Self {
        Self {
            id: &head.id,
            object: "chat.completion.chunk",
            created: head.created,
            model: head.model.as_str(),
            choices: [ChunkChoice { index: 0, delta, finish_reason }],
        }
    }
}
