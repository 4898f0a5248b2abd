//! How long a provider may take. A request ends in time whatever the provider does: with a problem while nothing was
//! said, and otherwise with what there is.

use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::provider::{End, Finish, Piece, Pieces, Silent};

/// Bytes of an answer after which it is cut; far above what 4,096 tokens make.
const BYTES_MAX: usize = 128 * 1024;
/// The end of an answer that was cut.
const CUT: Piece = Piece::End(End { finish: Finish::Length, usage: None });

/// The time that a provider gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until its first piece.
    pub first: Duration,
    /// Between two pieces.
    pub between: Duration,
    /// For the whole answer; one that is not done is cut, as if it had reached `maxTokens`.
    pub whole: Duration,
}

impl Patience {
    /// Behind the HTTP API, which gives up after 30 s.
    #[must_use]
    pub const fn buffered() -> Self {
        Self { whole: Duration::from_secs(24), ..Self::open() }
    }

    /// Through a door that streams.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            first: Duration::from_secs(12),
            between: Duration::from_secs(10),
            whole: Duration::from_secs(100),
        }
    }

    /// When an answer that begins now must be done.
    pub(crate) fn deadline(self) -> Instant {
        Instant::now() + self.whole
    }

    /// What `begin` brings, and its first piece, in time.
    ///
    /// # Errors
    /// What `begin` says, or [`Silent`].
    pub(crate) async fn first<E: From<Silent>>(
        self,
        begin: impl Future<Output = Result<Pieces, E>>,
    ) -> Result<(Piece, Pieces), E> {
        let begun = async {
            let mut pieces = begin.await?;
            let first = pieces.next().await.ok_or_else(ended)??;
            Ok((first, pieces))
        };
        timeout(self.first, begun).await.unwrap_or_else(|_| Err(Silent::new("nothing in time").into()))
    }

    /// `pieces`, ended at `deadline`; they end with an [`End`] or an error, and nothing follows.
    pub(crate) fn rest(
        self,
        pieces: Pieces,
        deadline: Instant,
    ) -> impl Stream<Item = Result<Piece, Silent>> + Send + 'static {
        stream::unfold(Some((pieces, 0)), move |state| async move {
            let (mut pieces, bytes) = state?;
            if bytes > BYTES_MAX {
                return Some((Ok(CUT), None));
            }
            let until = deadline.min(Instant::now() + self.between);
            let piece = match timeout_at(until, pieces.next()).await {
                Ok(piece) => piece.unwrap_or_else(|| Err(ended())),
                Err(_) if until == deadline => Ok(CUT),
                Err(_) => Err(Silent::new("it fell silent")),
            };
            let more = match &piece {
                Ok(Piece::Text(text)) => Some((pieces, bytes + text.len())),
                _ => None,
            };
            Some((piece, more))
        })
    }
}

fn ended() -> Silent {
    Silent::new("its answer broke off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> Patience {
        let [first, between, whole] = [3, 2, 10].map(Duration::from_secs);
        Patience { first, between, whole }
    }

    /// A piece a second.
    fn ticking() -> Pieces {
        let piece = |_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Piece::Text("tick".to_owned())), ()))
        };
        stream::unfold((), piece).boxed()
    }

    fn saying(pieces: Vec<Result<Piece, Silent>>) -> Pieces {
        stream::iter(pieces).boxed()
    }

    async fn heard(pieces: Pieces) -> Vec<Result<Piece, Silent>> {
        patience().rest(pieces, patience().deadline()).collect().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_never_begins_is_silent() {
        let never = std::future::pending::<Result<Pieces, Silent>>();
        assert!(patience().first(never).await.is_err());
        let begun = async { Ok::<_, Silent>(stream::pending().boxed()) };
        assert!(patience().first(begun).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_cut() {
        let heard = heard(ticking()).await;
        assert!((8..=11).contains(&heard.len()), "{}", heard.len());
        assert!(matches!(heard.last(), Some(Ok(Piece::End(End { finish: Finish::Length, .. })))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_falls_silent_is_an_error() {
        let text = Ok(Piece::Text("a".to_owned()));
        let hangs = stream::iter([text]).chain(stream::pending()).boxed();
        let heard = heard(hangs).await;
        assert!(heard.len() == 2 && heard[1].is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_end_broke_off_and_nothing_follows_an_end() {
        let text = || Ok(Piece::Text("a".to_owned()));
        let end = || Ok(Piece::End(End { finish: Finish::Stop, usage: None }));
        assert!(heard(saying(vec![text()])).await[1].is_err());
        assert_eq!(heard(saying(vec![text(), end(), text()])).await.len(), 2);
    }
}
