//! The socket of a connection, plain or with TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::activity::{Activity, InFlight};

/// A socket that reports to [`Activity`] when bytes arrive. A write to the socket fails if the client has read nothing
/// for too long.
pub(super) struct Transport {
    socket: Box<dyn Socket>,
    activity: Arc<Activity>,
    write_timeout: Duration,
    /// A timer that runs while a write waits for the client.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Keeps the connection open until all written bytes are flushed. The body of a response cannot keep the connection
    /// open, because hyper drops the body before the last bytes are sent.
    unflushed: Option<InFlight>,
}

/// A byte stream to a client: a TCP connection, or TLS on top of one.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

impl Transport {
    pub(super) fn new(
        socket: Box<dyn Socket>,
        activity: Arc<Activity>,
        write_timeout: Duration,
    ) -> Self {
        Self {
            socket,
            activity,
            write_timeout,
            stalled: None,
            unflushed: None,
        }
    }

    fn hold(&mut self) {
        let activity = &self.activity;
        self.unflushed.get_or_insert_with(|| activity.start_write());
    }

    /// Returns the result of a write, or an error if the write has made no progress for `write_timeout`.
    fn progress<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timeout = self.write_timeout;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + timeout)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.activity.received(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.hold();
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.progress(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.hold();
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.progress(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        if flushed.is_ready() {
            self.unflushed = None;
        }
        self.progress(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.socket).poll_shutdown(cx);
        self.progress(cx, closed)
    }
}
