//! How long a client may keep the server waiting, and a stream that gives up on one that does not take its answers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// What one client may cost. Whoever is slower loses the connection: a few of them would otherwise keep everybody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the head of a request has come, counted from the connection's beginning or the answer before.
    pub head: Duration,
    /// Between two pieces of a body that is sent, and until a piece of an answer is taken.
    pub stall: Duration,
    /// Until a whole body has come.
    pub body: Duration,
    /// For requests under way when the server is told to end.
    pub end: Duration,
    /// Connections at a time; more wait to be accepted. Below the 1024 open files a process usually may have: the
    /// database needs some.
    pub connections: usize,
    /// Bytes the head of a request may have.
    pub head_bytes: usize,
}

impl Default for Patience {
    /// A head within 30 s, a stall of 30 s, a body within 15 min (64 MiB over 0.6 Mbit/s), 500 connections.
    fn default() -> Patience {
        Patience {
            head: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            body: Duration::from_mins(15),
            end: Duration::from_secs(30),
            connections: 500,
            head_bytes: 64 << 10,
        }
    }
}

/// A stream whose writing fails when the other side takes nothing for as long as `stall`. Reading waits as long as it
/// must: what is read has limits of its own.
pub(super) struct Patient<S> {
    stream: S,
    stall: Duration,
    gives_up: Pin<Box<Sleep>>,
    waiting: bool,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S, stall: Duration) -> Patient<S> {
        Patient { stream, stall, gives_up: Box::pin(sleep(stall)), waiting: false }
    }

    /// The outcome of trying to write, or the end of patience.
    fn judge<T>(&mut self, cx: &mut Context<'_>, tried: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.waiting = false;
            return tried;
        }
        if !self.waiting {
            self.waiting = true;
            self.gives_up.as_mut().reset(Instant::now() + self.stall);
        }
        ready!(self.gives_up.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no more of its answer")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, tried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test]
    async fn writing_to_somebody_who_takes_nothing_ends() {
        let (near, _far) = duplex(8);
        let mut stream = Patient::new(near, Duration::from_millis(20));
        stream.write_all(b"12345678").await.unwrap();
        assert_eq!(stream.write_all(b"9").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_takes_it_gets_it_all() {
        let (near, mut far) = duplex(8);
        let mut stream = Patient::new(near, Duration::from_mins(10));
        let sent = vec![7; 100_000];
        let expected = sent.clone();
        let writing = tokio::spawn(async move { stream.write_all(&sent).await });
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        writing.await.unwrap().unwrap();
        assert_eq!(got, expected);
    }
}
