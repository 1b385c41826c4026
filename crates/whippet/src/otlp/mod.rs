//! Spans for an OpenTelemetry collector: OTLP over HTTP, in its JSON encoding.
//!
//! A request is a span, as are an attempt at a task and an outbound call. They wait in memory, at most [`MOST_WAITING`] of them,
//! and are sent together after a response.

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

use self::config::Exporter;
use self::encode::{Kind, Place, Span};
use crate::problem::Logged;
use crate::scope::{Scope, Subject};
use crate::trace::Trace;
use crate::{Config, ConfigError, Random, Timestamp};

/// How many spans wait at most; of more the oldest are dropped. As OpenTelemetry's own processors do.
const MOST_WAITING: usize = 2048;

/// How many are sent at once.
const BATCH: usize = 512;

/// The spans that wait, and where they go.
#[derive(Debug)]
pub(crate) struct Spans {
    /// None where the configuration names no collector.
    exporter: Option<Exporter>,
    random: Random,
    waiting: Mutex<Waiting>,
    /// Whether somebody is going to send soon.
    someone_sends: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    /// As JSON.
    spans: VecDeque<String>,
    dropped: u64,
}

impl Waiting {
    fn drop_oldest(&mut self) {
        let excess = self.spans.len().saturating_sub(MOST_WAITING);
        self.spans.drain(..excess);
        self.dropped += excess as u64;
    }
}

impl Spans {
    pub(crate) fn from_config(config: &Config, random: Random) -> Result<Self, ConfigError> {
        Ok(Self {
            exporter: Exporter::from_config(config)?,
            random,
            waiting: Mutex::default(),
            someone_sends: AtomicBool::new(false),
        })
    }

    /// Whether spans are worth making.
    pub(crate) fn are_wanted(&self) -> bool {
        self.exporter.is_some()
    }

    pub(crate) fn are_waiting(&self) -> bool {
        self.are_wanted() && !self.waiting().spans.is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, trace: &Trace, times: [Option<Timestamp>; 2], span: impl FnOnce() -> Span) {
        let [Some(start), Some(end)] = times else {
            return;
        };
        let place = Place::of(trace);
        if self.are_wanted() && place.is_sampled() {
            let span = span().encode(&place, start, end);
            let mut waiting = self.waiting();
            waiting.spans.push_back(span);
            waiting.drop_oldest();
        }
    }

    /// Returns the trace position of an outbound call, if spans are exported: the call gets its own span.
    pub(crate) fn start_call(&self, scope: &Scope) -> Option<Trace> {
        self.are_wanted()
            .then(|| Trace::from_text(&scope.trace.to_text(), &self.random))
            .flatten()
    }

    pub(crate) fn add_request(&self, scope: &Scope, response: &Response, ended: Option<Timestamp>) {
        self.add(&scope.trace, [scope.started, ended], || {
            let status = response.status();
            let Subject::Request { method, route } = &scope.subject else {
                return Span::new(Kind::Server, "request");
            };
            let route = route.get().copied().unwrap_or_default();
            let mut span = Span::new(Kind::Server, format!("{method} {route}").trim_end());
            span.text("http.request.method", method.as_str());
            span.text("http.route", route);
            span.number("http.response.status_code", status.as_u16().into());
            usage(&mut span, scope);
            if let Some(logged) = response.extensions().get::<Logged>() {
                span.text("error.type", &logged.code);
            }
            // Of what the client did wrong the server's span is no error (semantic conventions, HTTP spans).
            if status.is_server_error() {
                span.fail(status.canonical_reason().unwrap_or_default());
            }
            span
        });
    }

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
            span.text("whippet.task.id", task_id);
            span.number("whippet.task.attempt", (*number).into());
            usage(&mut span, scope);
            if let Some(error) = error {
                span.fail(&error.to_string());
            }
            span
        });
    }

    /// The path and the query of the URL are not told: they may hold secrets.
    pub(crate) fn add_call(
        &self,
        trace: &Trace,
        (method, url): (&Method, &Url),
        times: [Option<Timestamp>; 2],
        outcome: Result<StatusCode, &dyn Error>,
    ) {
        self.add(trace, times, || {
            let mut span = Span::new(Kind::Client, method.as_str());
            span.text("http.request.method", method.as_str());
            span.text("server.address", url.host_str().unwrap_or_default());
            let port = url.port_or_known_default().unwrap_or_default();
            span.number("server.port", port.into());
            match outcome {
                Ok(status) => {
                    span.number("http.response.status_code", status.as_u16().into());
                    if status.is_client_error() || status.is_server_error() {
                        span.text("error.type", status.as_str());
                        span.fail("");
                    }
                }
                Err(error) => span.fail(&error.to_string()),
            }
            span
        });
    }

    /// Takes the turn to wait for more spans and export them; `None` while another caller has it.
    pub(crate) fn start_waiting(&self) -> Option<Turn<'_>> {
        Turn::take(&self.someone_sends)
    }

    /// Takes the oldest spans, as many as one request exports; `None` if there are none.
    pub(crate) fn next_batch(&self) -> Option<Batch<'_>> {
        let exporter = self.exporter.as_ref()?;
        let mut waiting = self.waiting();
        let count = waiting.spans.len().min(BATCH);
        let spans: Vec<String> = waiting.spans.drain(..count).collect();
        let dropped = std::mem::take(&mut waiting.dropped);
        drop(waiting);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "spans were dropped: more were created than exported"
            );
        }
        (!spans.is_empty()).then_some(Batch { exporter, spans })
    }

    /// Puts back a batch that the collector may accept later; drops any other.
    pub(crate) fn rejected(&self, batch: Batch<'_>, is_temporary: bool) {
        let mut waiting = self.waiting();
        if is_temporary {
            let oldest_last = batch.spans.into_iter().rev();
            oldest_last.for_each(|span| waiting.spans.push_front(span));
            waiting.drop_oldest();
        } else {
            waiting.dropped += batch.spans.len() as u64;
        }
    }
}

/// Spans that are exported with one request.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    exporter: &'a Exporter,
    spans: Vec<String>,
}

impl Batch<'_> {
    /// Returns the number of spans.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns the URL, the headers and the body of the export request.
    pub(crate) fn request(&self) -> (Url, HeaderMap, Bytes) {
        let exporter = self.exporter;
        let body = encode::request(&exporter.resource, &self.spans);
        (exporter.url.clone(), exporter.headers.clone(), body.into())
    }
}

fn usage(span: &mut Span, scope: &Scope) {
    let usage = &scope.usage;
    if usage.statements.get() > 0 {
        span.number("whippet.db.statements", usage.statements.get());
        span.number("whippet.db.rows", usage.rows.get());
        span.number("whippet.db.ms", usage.db_ms.get());
    }
    span.text("whippet.request_id", scope.request_id.as_str());
}

/// The turn to export, given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a AtomicBool);

impl<'a> Turn<'a> {
    fn take(taken: &'a AtomicBool) -> Option<Self> {
        (!taken.swap(true, Ordering::Relaxed)).then_some(Self(taken))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
