//! Spans for an OpenTelemetry collector: OTLP over HTTP, in its JSON encoding.
//!
//! A request is a span, as are an attempt at a task and an outbound call. They wait in memory, at most [`MOST_WAITING`] of them,
//! and are sent together after a response.

mod config;
mod encode;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::{Either, select};
use url::Url;

use self::config::Exporter;
use self::encode::{Kind, Place, Span};
use crate::host::OutboundRequest;
use crate::problem::Logged;
use crate::scope::{Scope, Subject};
use crate::trace::Trace;
use crate::{Config, ConfigError, Context, FetchError, FetchResponse, TaskError, Timestamp};

/// How many spans wait at most; of more the oldest are dropped. As OpenTelemetry's own processors do.
const MOST_WAITING: usize = 2048;

/// How many are sent at once.
const BATCH: usize = 512;

/// How long the first of a batch waits for others.
const DELAY: Duration = Duration::from_secs(1);

/// How long the collector may take (`OTEL_EXPORTER_OTLP_TIMEOUT` of the specification).
const TIMEOUT: Duration = Duration::from_secs(10);

/// The spans that wait, and where they go.
#[derive(Debug)]
pub(crate) struct Spans {
    /// None where the configuration names no collector.
    exporter: Option<Exporter>,
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
    pub(crate) fn from_config(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            exporter: Exporter::from_config(config)?,
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

    /// The place in the trace of an outbound call, where it is to be a span of its own.
    pub(crate) fn call(&self, scope: &Scope, context: &Context) -> Option<Trace> {
        self.are_wanted()
            .then(|| Trace::from_text(&scope.trace.to_text(), &context.random()))
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
        error: Option<&TaskError>,
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
        response: &Result<FetchResponse, FetchError>,
    ) {
        self.add(trace, times, || {
            let mut span = Span::new(Kind::Client, method.as_str());
            span.text("http.request.method", method.as_str());
            span.text("server.address", url.host_str().unwrap_or_default());
            let port = url.port_or_known_default().unwrap_or_default();
            span.number("server.port", port.into());
            match response {
                Ok(response) => {
                    let status = response.status;
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

    /// Waits a moment for other spans, then sends them all; nothing where somebody waits already.
    pub(crate) async fn send_soon(&self, context: &Context) {
        let Some(turn) = Turn::take(&self.someone_sends) else {
            return;
        };
        context.host().clock.sleep(DELAY).await;
        drop(turn);
        self.send(context).await;
    }

    /// Sends what there is. What the collector may take another time waits for that; other failures are logged and dropped.
    pub(crate) async fn send(&self, context: &Context) {
        let Some(exporter) = &self.exporter else {
            return;
        };
        loop {
            let (batch, dropped) = self.take();
            if dropped > 0 {
                tracing::warn!(dropped, "spans were dropped: more were made than were sent");
            }
            if batch.is_empty() {
                return;
            }
            let Err((why, is_temporary)) = send(exporter, &batch, context).await else {
                continue;
            };
            tracing::warn!(
                error = why,
                spans = batch.len(),
                is_temporary,
                "spans were not exported"
            );
            let mut waiting = self.waiting();
            if is_temporary {
                batch
                    .into_iter()
                    .rev()
                    .for_each(|span| waiting.spans.push_front(span));
                waiting.drop_oldest();
            } else {
                waiting.dropped += batch.len() as u64;
            }
            return;
        }
    }

    /// The oldest spans, as many as are sent at once, and how many were dropped since.
    fn take(&self) -> (Vec<String>, u64) {
        let mut waiting = self.waiting();
        let count = waiting.spans.len().min(BATCH);
        (
            waiting.spans.drain(..count).collect(),
            std::mem::take(&mut waiting.dropped),
        )
    }
}

/// Why a batch was not taken, and whether it may be another time.
async fn send(
    exporter: &Exporter,
    batch: &[String],
    context: &Context,
) -> Result<(), (String, bool)> {
    let host = context.host();
    let request = OutboundRequest {
        method: Method::POST,
        url: exporter.url.clone(),
        headers: exporter.headers.clone(),
        body: Bytes::from(encode::request(&exporter.resource, batch)),
        response_limit: 1024,
        // Whoever configures the program may send its spans wherever they like.
        allow_private: true,
    };
    match select(host.http.send(request), host.clock.sleep(TIMEOUT)).await {
        Either::Left((Ok(response), _)) if response.status.is_success() => Ok(()),
        Either::Left((Ok(response), _)) => {
            let text = String::from_utf8_lossy(&response.body);
            let why = format!("the collector answered {}: {text}", response.status);
            Err((why, may_be_repeated(response.status)))
        }
        Either::Left((Err(error), _)) => Err((error.to_string(), true)),
        Either::Right(((), _)) => Err((FetchError::Timeout(TIMEOUT).to_string(), true)),
    }
}

/// OTLP specification, "Retryable Response Codes".
fn may_be_repeated(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
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

/// The turn to send, given back whatever happens.
struct Turn<'a>(&'a AtomicBool);

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
