//! A response that a test reads while its body arrives.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::TestApp;
use super::run::yield_once;
use crate::host::TimeSource;

/// The longest time that a read waits for the next chunk, in virtual time. Without this limit, a read would never
/// return if the stream sends nothing while other timers keep the clock moving.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// If no chunk arrives after this many yields, the response waits for virtual time, and [`TestStream::next_chunk`]
/// advances the clock.
const QUIET_YIELDS: u32 = 16;

/// A response that a test reads in parts while they arrive, such as an endless stream of events: see
/// [`TestRequest::stream`](super::TestRequest::stream).
///
/// While no part has arrived, a read calls [`TestApp::advance`], so that the clock moves to the next due task or the
/// end of the next sleep.
pub struct TestStream<'a> {
    pub(super) app: &'a TestApp,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    pub(super) body: BodyDataStream,
    pub(super) request_line: String,
    pub(super) buffer: Vec<u8>,
    pub(super) events: VecDeque<TestEvent>,
}

/// A server-sent event, as a browser reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TestEvent {
    /// The name of the event: `message` if the event has no name.
    pub name: String,
    /// The data.
    pub data: String,
    /// The id of the event; empty if the event has no id.
    pub id: String,
}

impl TestEvent {
    /// Parses the data as JSON.
    ///
    /// # Panics
    ///
    /// Panics if the data cannot be parsed as `T`.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the data cannot be parsed"
    )]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_str(&self.data) {
            Ok(value) => value,
            Err(error) => panic!("the data of {self:?} cannot be parsed: {error}"),
        }
    }
}

impl TestStream<'_> {
    /// Returns the next chunk of the body, or `None` at the end of the body.
    ///
    /// # Panics
    ///
    /// Panics if the body fails, or if no chunk arrives within a day of virtual time.
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the stream fails"
    )]
    pub async fn next_chunk(&mut self) -> Option<Bytes> {
        let end = self.app.clock.now() + PATIENCE;
        loop {
            for _ in 0..QUIET_YIELDS {
                let captured = self.app.capture.captured(poll_fn(|context| {
                    Poll::Ready(self.body.poll_next_unpin(context))
                }));
                match captured.await {
                    Poll::Ready(Some(Ok(chunk))) => return Some(chunk),
                    Poll::Ready(Some(Err(error))) => {
                        panic!("the body of {} failed: {error}", self.request_line)
                    }
                    Poll::Ready(None) => return None,
                    Poll::Pending => yield_once().await,
                }
            }
            let now = self.app.clock.now();
            let next = self.app.next_time().filter(|next| *next <= end);
            let Some(next) = next else {
                panic!(
                    "the body of {} did not continue within a day of virtual time",
                    self.request_line
                )
            };
            self.app.advance(next.since(now)).await;
        }
    }

    /// Returns the next server-sent event, or `None` at the end of the body. Browsers ignore comments and events
    /// without data (WHATWG HTML section 9.2.6), so `next_event` skips them.
    ///
    /// # Panics
    ///
    /// Panics like [`next_chunk`](Self::next_chunk).
    pub async fn next_event(&mut self) -> Option<TestEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let chunk = self.next_chunk().await?;
            self.buffer.extend_from_slice(&chunk);
            while let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                self.events.extend(parse(&String::from_utf8_lossy(&block)));
            }
        }
    }
}

/// Parses the lines of an event. Returns `None` if the event has no data.
fn parse(block: &str) -> Option<TestEvent> {
    let mut event = TestEvent {
        name: "message".to_owned(),
        ..TestEvent::default()
    };
    let mut data: Option<Vec<&str>> = None;
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => event.name = value.to_owned(),
            "id" => event.id = value.to_owned(),
            "data" => data.get_or_insert_default().push(value),
            _ => {}
        }
    }
    event.data = data?.join("\n");
    Some(event)
}

impl std::fmt::Debug for TestStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestStream")
            .field("request_line", &self.request_line)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
