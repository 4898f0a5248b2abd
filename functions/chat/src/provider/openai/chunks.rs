//! A stream of chunks as pieces: `data: {…}` lines, `data: [DONE]` at the end.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::provider::{End, Finish, Piece, Pieces, Silent, Usage};

/// Bytes of one line at most.
const LINE_MAX: usize = 256 * 1024;
/// How long we wait for what may follow the end of the text: the usage, and `[DONE]`.
const AFTER_END: Duration = Duration::from_secs(1);

/// The pieces of an answer.
pub(super) fn read(body: Incoming) -> Pieces {
    let reading = Reading { body, buffer: Vec::new(), finish: None, usage: None };
    stream::unfold(reading, |mut reading| async move { Some((reading.next().await, reading)) }).boxed()
}

struct Reading {
    body: Incoming,
    buffer: Vec<u8>,
    finish: Option<Finish>,
    usage: Option<Usage>,
}

/// What a line means.
#[derive(Debug, PartialEq)]
enum Line {
    /// Nothing to say.
    Quiet,
    Text(String),
    Done,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<UsageBody>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
struct UsageBody {
    prompt_tokens: u32,
    completion_tokens: u32,
}

impl Reading {
    async fn next(&mut self) -> Result<Piece, Silent> {
        loop {
            while let Some(line) = self.line() {
                match self.understand(&line)? {
                    Line::Quiet => {}
                    Line::Text(text) => return Ok(Piece::Text(text)),
                    Line::Done => return Ok(self.end(Finish::Stop)),
                }
            }
            if !self.more().await? {
                let finish = self.finish.ok_or_else(|| Silent::new("its answer broke off"))?;
                return Ok(self.end(finish));
            }
        }
    }

    fn end(&self, otherwise: Finish) -> Piece {
        Piece::End(End { finish: self.finish.unwrap_or(otherwise), usage: self.usage })
    }

    /// The next whole line.
    fn line(&mut self) -> Option<Vec<u8>> {
        let end = self.buffer.iter().position(|byte| *byte == b'\n')?;
        Some(self.buffer.drain(..=end).collect())
    }

    /// Reads on; `false` when there is nothing more.
    async fn more(&mut self) -> Result<bool, Silent> {
        let frame = match self.finish {
            None => self.body.frame().await,
            Some(_) => tokio::time::timeout(AFTER_END, self.body.frame()).await.unwrap_or_default(),
        };
        match frame {
            None => Ok(false),
            Some(Ok(frame)) => {
                self.buffer.extend(frame.into_data().unwrap_or_default());
                if self.buffer.len() > LINE_MAX {
                    Err(Silent::new("a line without an end"))
                } else {
                    Ok(true)
                }
            }
            // All was said before the connection broke.
            Some(Err(_)) if self.finish.is_some() => Ok(false),
            Some(Err(_)) => Err(Silent::new("its answer broke off")),
        }
    }

    fn understand(&mut self, line: &[u8]) -> Result<Line, Silent> {
        let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else { return Ok(Line::Quiet) };
        if data == b"[DONE]" {
            return Ok(Line::Done);
        }
        // serde's message may quote what was said.
        let chunk: Chunk =
            serde_json::from_slice(data).map_err(|_| Silent::new("an event that is no chunk"))?;
        if chunk.error.is_some() {
            return Err(Silent::new("an error within its answer"));
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(Usage { prompt: usage.prompt_tokens, completion: usage.completion_tokens });
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(Line::Quiet) };
        if let Some(reason) = choice.finish_reason {
            self.finish = Some(finish(&reason));
        }
        let text = choice.delta.content.filter(|text| !text.is_empty());
        Ok(text.map_or(Line::Quiet, Line::Text))
    }
}

fn finish(reason: &str) -> Finish {
    match reason {
        "length" => Finish::Length,
        "content_filter" => Finish::Filtered,
        _ => Finish::Stop,
    }
}
