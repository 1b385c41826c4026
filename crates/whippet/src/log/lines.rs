//! The log lines of finished requests and task attempts, with their outcome and their resource usage.

use std::error::Error;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use tracing::Level;

use crate::Timestamp;
use crate::problem::{Cause, LoggedProblem};
use crate::scope::{LineFields, MAX_PRECEDENCE, Scope, millis};

/// The `tracing` target of the log lines of requests.
const REQUEST: &str = "whippet::request";

/// The `tracing` target of the log lines of task attempts.
const TASK: &str = "whippet::task";

/// Returns whether the durations of requests have to be measured for the log. Returns false if the log level disables
/// the log lines of requests.
pub(crate) fn is_timed() -> bool {
    tracing::enabled!(target: REQUEST, Level::INFO)
}

/// Returns the duration of a request or task attempt in milliseconds; `None` if its start or its end is unknown.
fn duration_ms(scope: &Scope, ended: Option<Timestamp>) -> Option<u64> {
    let times = scope.started.zip(ended);
    times.map(|(started, ended)| millis(started, ended))
}

/// Adds the resource usage and the span ids of a scope to the line, but only if `target` is [`REQUEST`] or [`TASK`].
pub(super) fn add_usage(target: &str, scope: &Scope, line: &mut LineFields) {
    if !matches!(target, REQUEST | TASK) {
        return;
    }
    let mut number = |name, value: u64| {
        line.begin(name, MAX_PRECEDENCE);
        line.push_value(value);
    };
    let usage = &scope.usage;
    if usage.statements.get() > 0 {
        number("db_statements", usage.statements.get());
        number("db_rows", usage.rows.get());
        number("db_ms", usage.db_ms.get());
    }
    if usage.fetches.get() > 0 {
        number("fetches", usage.fetches.get());
        number("fetch_ms", usage.fetch_ms.get());
    }
    line.add_string("span_id", scope.trace.span_id(), MAX_PRECEDENCE);
    if let Some(parent) = scope.trace.parent_id() {
        line.add_string("parent_span_id", parent, MAX_PRECEDENCE);
    }
}

/// The log line of a request that has finished.
pub(crate) struct RequestLine {
    request_bytes: Option<u64>,
}

impl RequestLine {
    pub(crate) fn new(request: &Request) -> Self {
        let declared = || {
            request
                .headers()
                .get(CONTENT_LENGTH)?
                .to_str()
                .ok()?
                .parse()
                .ok()
        };
        Self {
            request_bytes: request.body().size_hint().exact().or_else(declared),
        }
    }

    pub(crate) fn write(&self, response: &Response, scope: &Scope, ended: Option<Timestamp>) {
        let status = response.status().as_u16();
        let duration_ms = duration_ms(scope, ended);
        let request_bytes = self.request_bytes;
        // A streamed response body has not been sent yet, so its length is unknown.
        let response_bytes = response.body().size_hint().exact();
        let logged = response.extensions().get::<LoggedProblem>();
        let problem = logged.map(|logged| &*logged.code);
        match logged.and_then(|logged| logged.cause.as_ref()) {
            Some(Cause(cause)) => {
                let error: &(dyn Error + 'static) = &**cause;
                tracing::error!(target: REQUEST, status, duration_ms, request_bytes, response_bytes, problem, error, "request failed");
            }
            None => {
                tracing::info!(target: REQUEST, status, duration_ms, request_bytes, response_bytes, problem, "request");
            }
        }
    }
}

/// The log line of a task attempt that has finished.
pub(crate) struct AttemptLine {
    duration_ms: Option<u64>,
}

impl AttemptLine {
    pub(crate) fn new(scope: &Scope, ended: Option<Timestamp>) -> Self {
        Self {
            duration_ms: duration_ms(scope, ended),
        }
    }

    pub(crate) fn done(self) {
        let duration_ms = self.duration_ms;
        tracing::info!(target: TASK, duration_ms, "task done");
    }

    pub(crate) fn failed(self, error: &(dyn Error + 'static), retry_in: Duration) {
        let duration_ms = self.duration_ms;
        let retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(target: TASK, duration_ms, retry_in_ms, error, "task failed, retry scheduled");
    }

    pub(crate) fn snoozed(self, run_in: Duration) {
        let duration_ms = self.duration_ms;
        let run_in_ms = u64::try_from(run_in.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(target: TASK, duration_ms, run_in_ms, "task snoozed");
    }

    pub(crate) fn lease_lost(self) {
        let duration_ms = self.duration_ms;
        tracing::warn!(target: TASK, duration_ms, "task attempt changed nothing: its lease has ended or the task was canceled");
    }

    pub(crate) fn dead(self, error: &(dyn Error + 'static)) {
        let duration_ms = self.duration_ms;
        tracing::error!(target: TASK, duration_ms, error, "task dead");
    }
}
