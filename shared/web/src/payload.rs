//! A response's body: whole, or in pieces as they are made. Most functions answer whole; where pieces may go out one
//! by one is decided by who calls the function (`serve` or `serve_open`).

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use http_body::Frame;
use lambda_http::Body;

/// Texts that come one after the other. Dropping it ends whatever makes them.
///
/// Nobody locks the mutex: it is there because answers are shared between threads, and what makes them need not be.
pub struct Pieces(Mutex<BoxStream<'static, String>>);

impl Pieces {
    /// The pieces that `stream` makes.
    #[must_use]
    pub fn new(stream: impl Stream<Item = String> + Send + 'static) -> Self {
        Self(Mutex::new(stream.boxed()))
    }

    /// All of them as one text.
    pub async fn whole(self) -> String {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).collect::<Vec<_>>().await.concat()
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pieces")
    }
}

/// The body of a response.
#[derive(Debug)]
pub enum Payload {
    /// All of it; empty when there is none.
    Whole(Body),
    /// As it is made.
    Pieces(Pieces),
}

impl From<Body> for Payload {
    fn from(body: Body) -> Self {
        Self::Whole(body)
    }
}

impl http_body::Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = |bytes: Bytes| Some(Ok(Frame::data(bytes)));
        match self.get_mut() {
            Self::Whole(body) => Poll::Ready(match std::mem::take(body) {
                Body::Text(text) => frame(Bytes::from(text)),
                Body::Binary(bytes) => frame(Bytes::from(bytes)),
                _ => None,
            }),
            Self::Pieces(pieces) => {
                let stream = pieces.0.get_mut().unwrap_or_else(PoisonError::into_inner);
                stream.as_mut().poll_next(context).map(|next| next.and_then(|text| frame(text.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(body) if body.is_empty())
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self {
            Self::Whole(body) => http_body::SizeHint::with_exact(body.len() as u64),
            Self::Pieces(_) => http_body::SizeHint::default(),
        }
    }
}
