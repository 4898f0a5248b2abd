//! How much of an answer's body is read, for how long, and what is kept of it.

use std::time::Duration;

use bytes::Buf;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::time::timeout;

use super::connect::BUFFER_MAX;

/// How long a body is read after the head.
pub(super) const TIME_MAX: Duration = Duration::from_secs(1);
/// The most bytes of a body that are read.
const READ_MAX: usize = 64 * 1024;
/// The most bytes of a body that are kept.
const KEPT_MAX: usize = 4_096;

/// What was read of a body.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The first bytes.
    pub(super) kept: Vec<u8>,
    /// Whether the body went on after those, as far as is known.
    pub(super) is_truncated: bool,
    /// Whether the end was reached: the connection can be used again.
    pub(super) is_complete: bool,
    total: usize,
}

/// Reads `body` within the bounds. Reading at all beyond what is kept only serves to get to the end, for the sake
/// of the connection.
pub(super) async fn read(mut body: impl Body<Data: Buf> + Unpin) -> Read {
    let mut read = Read::default();
    read.is_complete = timeout(TIME_MAX, read.fill(&mut body)).await.unwrap_or(false);
    read.is_truncated = !read.is_complete || read.total > read.kept.len();
    read
}

impl Read {
    /// Reads while one more piece cannot exceed the bound; whether the end was reached.
    async fn fill(&mut self, body: &mut (impl Body<Data: Buf> + Unpin)) -> bool {
        while self.total + BUFFER_MAX <= READ_MAX {
            match body.frame().await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => frame.into_data().into_iter().for_each(|data| self.take(data)),
            }
        }
        false
    }

    fn take(&mut self, mut data: impl Buf) {
        self.total += data.remaining();
        let room = KEPT_MAX - self.kept.len();
        let kept = data.remaining().min(room);
        self.kept.extend_from_slice(&data.copy_to_bytes(kept));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use futures_util::stream;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;
    use tokio::time::{Duration, Instant, sleep};

    use super::{KEPT_MAX, READ_MAX, TIME_MAX, read};

    #[tokio::test]
    async fn reads_a_short_body_to_its_end() {
        let read = read(Full::new(Bytes::from_static(b"thanks"))).await;
        assert_eq!(
            (read.kept.as_slice(), read.is_truncated, read.is_complete),
            (&b"thanks"[..], false, true)
        );
    }

    #[tokio::test]
    async fn keeps_the_first_bytes_of_a_longer_one() {
        let read = read(Full::new(Bytes::from(vec![7; KEPT_MAX + 1]))).await;
        assert_eq!((read.kept.len(), read.is_truncated, read.is_complete), (KEPT_MAX, true, true));
    }

    #[tokio::test]
    async fn gives_up_on_a_huge_one() {
        let piece = Bytes::from(vec![7; 10_000]);
        let frames = stream::repeat_with(move || Ok::<_, Infallible>(Frame::data(piece.clone())));
        let read = read(StreamBody::new(frames)).await;
        assert!(read.total <= READ_MAX && read.is_truncated && !read.is_complete, "{}", read.total);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_on_one_that_stops() {
        let frames = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        let read = read(StreamBody::new(frames)).await;
        assert!(read.kept.is_empty() && read.is_truncated && !read.is_complete);
    }
    #[tokio::test(start_paused = true)]
    async fn s2_one_that_drips_is_read_for_a_second() {
        let drip = stream::unfold((), |()| async {
            sleep(Duration::from_millis(30)).await;
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"."))), ()))
        });
        let started = Instant::now();
        let read = read(StreamBody::new(Box::pin(drip))).await;
        assert_eq!((started.elapsed(), read.total), (TIME_MAX, 33));
        assert!(read.is_truncated && !read.is_complete);
    }
}
