//! `POST /v1/chat/completions`: reserve, begin, then answer whole or in events.

use domain::caller::Permission;
use domain::{Error, Result};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use web::{Answer, Request};

use crate::App;
use crate::ask::{Ask, Body};
use crate::budget::Hold;
use crate::events;
use crate::provider::{End, Piece, Refusal, Silent, Usage};
use crate::tokens;
use crate::view::{Completion, Head};

/// What a provider says, with its first piece; it ends with an end or an error.
pub(crate) type Speech = BoxStream<'static, std::result::Result<Piece, Silent>>;

/// An answer that has begun.
pub(crate) struct Talk {
    pub(crate) head: Head,
    hold: Hold,
    prompt: u32,
}

pub(crate) async fn complete(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::ChatWrite)?;
    let ask = request.json(Body::parse)?;
    let prompt = app.provider.prompt_tokens(&ask.messages);
    let who = (request.caller.scope, user.id);
    let (hold, max_tokens) = Hold::reserve(app, who, (prompt, ask.max_tokens), request.now).await?;
    let ask = Ask { max_tokens, ..ask };
    let head = Head::new(ask.model, request.now);
    let (talk, speech) = begin(app, &ask, Talk { head, hold, prompt }).await?;
    if ask.stream {
        Ok(Answer::events(events::of(talk, speech, request.clone())))
    } else {
        whole(talk, speech).await
    }
}

/// Waits for the first piece: until it is there, a failure can still be said as a problem.
async fn begin(app: &App, ask: &Ask, talk: Talk) -> Result<(Talk, Speech)> {
    let deadline = app.patience.deadline();
    match app.patience.first(app.provider.begin(ask)).await {
        Ok((first, rest)) => {
            let rest = app.patience.rest(rest, deadline);
            Ok((talk, stream::iter([Ok(first)]).chain(rest).boxed()))
        }
        Err(refusal) => {
            // One that was asked and does not answer in time may bill the question all the same.
            let billed = if matches!(refusal, Refusal::Silent(_)) { talk.prompt } else { 0 };
            talk.hold.settle(billed).await;
            Err(refused(refusal))
        }
    }
}

async fn whole(mut talk: Talk, mut speech: Speech) -> Result<Answer> {
    let mut text = String::new();
    loop {
        match speech.next().await.unwrap_or_else(|| Err(Silent::new("no end"))) {
            Ok(Piece::Text(more)) => {
                talk.heard(&more);
                text.push_str(&more);
            }
            Ok(Piece::End(end)) => {
                let (head, usage) = talk.end(end).await;
                return Ok(Answer::made(Completion::new(&head, &text, end.finish, usage)));
            }
            Err(silent) => {
                talk.broken().await;
                return Err(unavailable(silent));
            }
        }
    }
}

impl Talk {
    /// More of the answer is there, and has to be paid for.
    pub(crate) fn heard(&mut self, text: &str) {
        self.hold.spend(tokens::count(text));
    }

    /// The answer is complete: settles what it cost.
    pub(crate) async fn end(self, end: End) -> (Head, Usage) {
        let usage = end.usage.unwrap_or(Usage { prompt: self.prompt, completion: self.hold.spent() });
        self.hold.settle(usage.total()).await;
        (self.head, usage)
    }

    /// The answer broke off: what was said is paid for.
    pub(crate) async fn broken(self) {
        let spent = self.prompt.saturating_add(self.hold.spent());
        self.hold.settle(spent).await;
    }
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Messages(why) => {
            tracing::warn!(why, "the chat's provider refuses the messages");
            let message = "The language model does not take these messages; they may be too long.";
            Error::invalid("messages", "refused_by_provider", message)
        }
        Refusal::Silent(silent) => unavailable(silent),
    }
}

pub(crate) fn unavailable(silent: Silent) -> Error {
    Error::unavailable("chat provider", silent)
}
