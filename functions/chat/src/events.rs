//! An answer as server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): who speaks, what
//! is said, why it ended, `[DONE]`. When the provider fails in between, an `error` event with a problem document is the
//! last one, and there is no `[DONE]`.

use futures_util::{StreamExt, stream};
use serde::Serialize;
use web::{Pieces, Request};

use crate::complete::{Speech, Talk, unavailable};
use crate::provider::{Piece, Silent};
use crate::view::Chunk;

enum Next {
    Begin(Talk, Speech),
    Speak(Talk, Speech),
    Nothing,
}

/// The events of an answer. Whoever drops them ends the provider's work.
pub(crate) fn of(talk: Talk, speech: Speech, request: Request) -> Pieces {
    Pieces::new(stream::unfold((Next::Begin(talk, speech), request), |(next, request)| async move {
        let (event, next) = match next {
            Next::Begin(talk, speech) => (data(&Chunk::first(&talk.head)), Next::Speak(talk, speech)),
            Next::Speak(talk, speech) => speak(talk, speech, &request).await,
            Next::Nothing => return None,
        };
        Some((event, (next, request)))
    }))
}

async fn speak(mut talk: Talk, mut speech: Speech, request: &Request) -> (String, Next) {
    match speech.next().await.unwrap_or_else(|| Err(Silent::new("no end"))) {
        Ok(Piece::Text(text)) => {
            talk.heard(&text);
            (data(&Chunk::text(&talk.head, &text)), Next::Speak(talk, speech))
        }
        Ok(Piece::End(end)) => {
            let (head, _) = talk.end(end).await;
            (format!("{}data: [DONE]\n\n", data(&Chunk::last(&head, end.finish))), Next::Nothing)
        }
        Err(silent) => {
            talk.broken().await;
            let problem = request.late_problem(unavailable(silent));
            (format!("event: error\ndata: {problem}\n\n"), Next::Nothing)
        }
    }
}

/// One event. JSON text has no line breaks, so one line holds it.
fn data(chunk: &impl Serialize) -> String {
    // A chunk is made of strings and numbers: writing it cannot fail.
    format!("data: {}\n\n", serde_json::to_string(chunk).unwrap_or_default())
}
