//! Captures log lines. One test process runs many apps, so the log lines of each app under test are captured
//! separately.

use std::cell::RefCell;
use std::io::Write;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde_json::Value;
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use super::clock::VirtualClock;
use super::transcript::{Entry, Transcript};
use crate::host::TimeSource;
use crate::{Config, Timestamp, log};

thread_local! {
    /// The clock of the app that is running on this thread.
    static CLOCK: RefCell<Option<VirtualClock>> = const { RefCell::new(None) };
}

fn now() -> Timestamp {
    let now = CLOCK.with_borrow(|clock| clock.as_ref().map(VirtualClock::now));
    now.unwrap_or(Timestamp::from_millis(0))
}

/// Writes the log lines of one app to its transcript. If the test has set its own tracing subscriber, writes nothing.
#[derive(Clone)]
pub(super) struct Capture {
    dispatch: Option<Dispatch>,
    clock: VirtualClock,
}

impl Capture {
    pub(super) fn new(config: &Config, clock: VirtualClock, transcript: Arc<Transcript>) -> Self {
        let is_free = tracing::dispatcher::get_default(|dispatch| dispatch.is::<NoSubscriber>());
        let writer = TranscriptWriter(transcript);
        let dispatch = is_free.then(|| log::dispatch(config, writer, now).0);
        Self { dispatch, clock }
    }

    /// Wraps a future so that its log lines are captured.
    pub(super) fn captured<F: Future>(&self, future: F) -> Captured<F> {
        Captured {
            future: Box::pin(future),
            capture: self.clone(),
        }
    }
}

pub(super) struct Captured<F> {
    future: Pin<Box<F>>,
    capture: Capture,
}

impl<F: Future> Future for Captured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Capture { dispatch, clock } = self.capture.clone();
        let before = CLOCK.replace(Some(clock));
        let polled = match &dispatch {
            Some(dispatch) => {
                tracing::dispatcher::with_default(dispatch, || self.future.as_mut().poll(context))
            }
            None => self.future.as_mut().poll(context),
        };
        CLOCK.set(before);
        polled
    }
}

/// Adds log lines to a transcript. The log calls `write` once for each line.
#[derive(Clone)]
struct TranscriptWriter(Arc<Transcript>);

impl Write for TranscriptWriter {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line).into_owned();
        self.0.add(Entry::Log(text));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for TranscriptWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Log lines as JSON objects, in order. [`Logs::with`] filters them.
#[derive(Debug, Clone, PartialEq)]
pub struct Logs(Vec<Value>);

impl Logs {
    pub(super) fn parse(lines: Vec<String>) -> Self {
        let parse = |line: String| serde_json::from_str(&line).unwrap_or(Value::String(line));
        Self(lines.into_iter().map(parse).collect())
    }

    /// Keeps the lines whose field `field` equals `value`.
    ///
    /// ```
    /// # use whippet::{App, health, testing::TestApp};
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::new(|_| Ok(health::routes(App::new()))).await;
    /// app.get("/healthz").await;
    /// assert_eq!(app.logs().with("route", "/healthz").with("status", 200).len(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.0.retain(|line| line.get(field) == Some(&value));
        self
    }
}

impl Deref for Logs {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}
