//! Exports spans to an OpenTelemetry collector, with OTLP over HTTP and JSON encoding.
//!
//! Every request, task attempt and outbound call is a span. At most [`MAX_QUEUE_SIZE`] spans are queued in memory.
//! Workers and Spin export the queued spans after a response, and after a run of due tasks. The native host exports the
//! queued spans once a second.

mod config;
mod encode;

use std::collections::VecDeque;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use url::Url;

use self::config::Collector;
use self::encode::{Kind, Span};
use crate::problem::LoggedProblem;
use crate::scope::{Scope, Subject};
use crate::trace::TraceContext;
use crate::{Config, ConfigError, Random, Timestamp};

/// The maximum number of queued spans. If the queue is full, the oldest spans are dropped. The limit is the default
/// `maxQueueSize` of OpenTelemetry's batching processor.
const MAX_QUEUE_SIZE: usize = 2048;

/// The maximum number of spans in one export request. The limit is the default `maxExportBatchSize` of OpenTelemetry's
/// batching processor.
const MAX_BATCH_SIZE: usize = 512;

/// Queues spans and exports them to a collector.
#[derive(Debug)]
pub(crate) struct SpanExporter {
    /// The collector, or `None` if no collector is configured.
    collector: Option<Collector>,
    random: Random,
    queue: Mutex<Queue>,
    /// Whether a caller is waiting for more spans before it exports them.
    is_delaying: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    /// JSON-encoded spans.
    spans: VecDeque<String>,
    /// The number of spans that were dropped since the last export.
    dropped: u64,
}

impl Queue {
    fn drop_oldest(&mut self) {
        let excess = self.spans.len().saturating_sub(MAX_QUEUE_SIZE);
        self.spans.drain(..excess);
        self.dropped += excess as u64;
    }
}

impl SpanExporter {
    pub(crate) fn from_config(config: &Config, random: Random) -> Result<Self, ConfigError> {
        Ok(Self {
            collector: Collector::from_config(config)?,
            random,
            queue: Mutex::default(),
            is_delaying: AtomicBool::new(false),
        })
    }

    /// Returns whether a collector is configured.
    pub(crate) fn is_enabled(&self) -> bool {
        self.collector.is_some()
    }

    /// Returns whether spans are queued.
    pub(crate) fn has_pending(&self) -> bool {
        self.is_enabled() && !self.queue().spans.is_empty()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a span if a collector is configured, the start and the end of the span are known, and the trace is
    /// sampled.
    fn add(
        &self,
        trace: &TraceContext,
        times: [Option<Timestamp>; 2],
        span: impl FnOnce() -> Span,
    ) {
        let [Some(start), Some(end)] = times else {
            return;
        };
        if self.is_enabled() && trace.is_sampled() {
            let span = span().encode(trace, start, end);
            let mut queue = self.queue();
            queue.spans.push_back(span);
            queue.drop_oldest();
        }
    }

    /// Returns the trace context of an outbound call. If spans are not exported, the call has no span, and `start_call`
    /// returns `None`.
    pub(crate) fn start_call(&self, scope: &Scope) -> Option<TraceContext> {
        self.is_enabled()
            .then(|| TraceContext::from_text(&scope.trace.to_text(), &self.random))
            .flatten()
    }

    /// Queues the span of a request.
    pub(crate) fn add_request(&self, scope: &Scope, response: &Response, ended: Option<Timestamp>) {
        self.add(&scope.trace, [scope.started, ended], || {
            let status = response.status();
            let Subject::Request { method, route } = &scope.subject else {
                return Span::new(Kind::Server, "request");
            };
            let route = route.get().copied().unwrap_or_default();
            let mut span = Span::new(Kind::Server, format!("{method} {route}").trim_end());
            span.add_text("http.request.method", method.as_str());
            span.add_text("http.route", route);
            span.add_number("http.response.status_code", status.as_u16().into());
            add_usage(&mut span, scope);
            if let Some(logged) = response.extensions().get::<LoggedProblem>() {
                span.add_text("error.type", &logged.code);
            }
            // According to OpenTelemetry's semantic conventions for HTTP, a 4xx response is not an error in a server's
            // span.
            if status.is_server_error() {
                span.set_error(status.canonical_reason().unwrap_or_default());
            }
            span
        });
    }

    /// Queues the span of a task attempt.
    pub(crate) fn add_attempt(
        &self,
        scope: &Scope,
        error: Option<&dyn Error>,
        ended: Option<Timestamp>,
    ) {
        self.add(&scope.trace, [scope.started, ended], || {
            let Subject::Attempt {
                task,
                task_id,
                number,
            } = &scope.subject
            else {
                return Span::new(Kind::Consumer, "task");
            };
            let mut span = Span::new(Kind::Consumer, &format!("task {task}"));
            span.add_text("whippet.task.id", task_id);
            span.add_number("whippet.task.attempt", (*number).into());
            add_usage(&mut span, scope);
            if let Some(error) = error {
                span.set_error(&error.to_string());
            }
            span
        });
    }

    /// Queues the span of an outbound call. The span does not contain the path and query of the URL, which may contain
    /// secrets.
    pub(crate) fn add_call(
        &self,
        trace: &TraceContext,
        (method, url): (&Method, &Url),
        times: [Option<Timestamp>; 2],
        outcome: Result<StatusCode, &dyn Error>,
    ) {
        self.add(trace, times, || {
            let mut span = Span::new(Kind::Client, method.as_str());
            span.add_text("http.request.method", method.as_str());
            span.add_text("server.address", url.host_str().unwrap_or_default());
            let port = url.port_or_known_default().unwrap_or_default();
            span.add_number("server.port", port.into());
            match outcome {
                Ok(status) => {
                    span.add_number("http.response.status_code", status.as_u16().into());
                    if status.is_client_error() || status.is_server_error() {
                        span.add_text("error.type", status.as_str());
                        span.set_error("");
                    }
                }
                Err(error) => span.set_error(&error.to_string()),
            }
            span
        });
    }

    /// Starts the delay before an export, in which more spans may be queued. Returns `None` if another caller is
    /// already waiting for more spans.
    pub(crate) fn start_delay(&self) -> Option<DelayGuard<'_>> {
        DelayGuard::new(&self.is_delaying)
    }

    /// Removes the oldest spans from the queue, and returns them as a batch of at most [`MAX_BATCH_SIZE`] spans.
    /// Returns `None` if the queue is empty.
    pub(crate) fn next_batch(&self) -> Option<Batch<'_>> {
        let collector = self.collector.as_ref()?;
        let mut queue = self.queue();
        let count = queue.spans.len().min(MAX_BATCH_SIZE);
        let spans: Vec<String> = queue.spans.drain(..count).collect();
        let dropped = std::mem::take(&mut queue.dropped);
        drop(queue);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "spans were dropped, because the queue was full or an export failed"
            );
        }
        (!spans.is_empty()).then_some(Batch { collector, spans })
    }

    /// Handles a batch that was not exported. If the failure is temporary, puts the batch's spans back into the queue.
    /// Otherwise, drops the spans.
    pub(crate) fn retry_or_drop(&self, batch: Batch<'_>, is_temporary: bool) {
        let mut queue = self.queue();
        if is_temporary {
            let oldest_last = batch.spans.into_iter().rev();
            oldest_last.for_each(|span| queue.spans.push_front(span));
            queue.drop_oldest();
        } else {
            queue.dropped += batch.spans.len() as u64;
        }
    }
}

/// The spans of one export request.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    collector: &'a Collector,
    spans: Vec<String>,
}

impl Batch<'_> {
    /// Returns the number of spans in the batch.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns the URL, the headers and the body of the export request.
    pub(crate) fn request(&self) -> (Url, HeaderMap, Bytes) {
        let collector = self.collector;
        let body = encode::request(&collector.resource, &self.spans);
        let (url, headers) = (collector.url.clone(), collector.headers.clone());
        (url, headers, body.into())
    }
}

/// Adds the request id to a span. If an SQL statement has run, also adds the database usage.
fn add_usage(span: &mut Span, scope: &Scope) {
    let usage = &scope.usage;
    if usage.statements.get() > 0 {
        span.add_number("whippet.db.statements", usage.statements.get());
        span.add_number("whippet.db.rows", usage.rows.get());
        span.add_number("whippet.db.ms", usage.db_ms.get());
    }
    span.add_text("whippet.request_id", scope.request_id.as_str());
}

/// A guard for a caller that is waiting for more spans. While the guard exists, no other caller starts to wait.
#[derive(Debug)]
pub(crate) struct DelayGuard<'a>(&'a AtomicBool);

impl<'a> DelayGuard<'a> {
    fn new(is_delaying: &'a AtomicBool) -> Option<Self> {
        (!is_delaying.swap(true, Ordering::Relaxed)).then_some(Self(is_delaying))
    }

    /// Ends the delay, so that the next span starts another delay.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for DelayGuard<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
