//! Reports each request and each task attempt as a log line and, with the feature `otlp`, as a span.

mod export;

use std::error::Error;
use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::response::Response;

pub(crate) use export::{export_spans, export_spans_soon};

use crate::log::{self, AttemptLine, RequestLine};
use crate::scope::{Scope, Subject};
use crate::trace::TraceContext;
use crate::{Context, RequestId};

/// Creates the scope of a request: its id, trace, resource usage and bound log fields. The scope continues the trace in
/// the request's headers, or starts a new trace.
pub(crate) fn start_request(context: &Context, request: &Request) -> Arc<Scope> {
    let (headers, random) = (request.headers(), context.random());
    let trace = TraceContext::from_headers(headers, context.trusts_callers(), &random);
    let id = RequestId::from_headers(headers);
    let subject = Subject::Request {
        method: request.method().clone(),
        route: OnceLock::new(),
    };
    let is_timed = log::is_timed() || context.span_exporter().is_enabled();
    Scope::new(
        subject,
        id.unwrap_or_else(|| RequestId::random(&random)),
        trace.unwrap_or_else(|| TraceContext::new(&random)),
        is_timed.then(|| context.clock()),
    )
}

/// Reports a request that has finished.
pub(crate) fn end_request(
    context: &Context,
    scope: &Scope,
    line: &RequestLine,
    response: &Response,
) {
    // If a layer responded before a route was matched, the request has no route yet, and this sets an empty route.
    // Otherwise, `set_route` has no effect.
    scope.set_route("");
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        scope.log_always();
    }
    let ended = scope.now();
    context.span_exporter().add_request(scope, response, ended);
    line.write(response, scope, ended);
}

/// Creates the scope of a task attempt. The scope continues the trace of the request that enqueued the task.
pub(crate) fn start_attempt(
    context: &Context,
    attempt: Subject,
    request_id: &str,
    trace: &str,
) -> Arc<Scope> {
    let random = context.random();
    let trace = TraceContext::from_text(trace, &random);
    Scope::new(
        attempt,
        RequestId::from_text(request_id).unwrap_or_default(),
        trace.unwrap_or_else(|| TraceContext::new(&random)),
        Some(context.clock()),
    )
}

/// Queues the span of a finished attempt for export, and returns the log line of the attempt. The caller writes the log
/// line after it has recorded the outcome.
pub(crate) fn end_attempt(
    context: &Context,
    scope: &Scope,
    error: Option<&dyn Error>,
) -> AttemptLine {
    let ended = scope.now();
    context.span_exporter().add_attempt(scope, error, ended);
    AttemptLine::new(scope, ended)
}
