//! What the program reports about each request and each task attempt: one log line, and one span with the feature `otlp`.

mod export;

use std::error::Error;
use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::response::Response;

pub(crate) use export::{export_spans, export_spans_soon};

use crate::log::{self, AttemptLine, RequestLine};
use crate::scope::{Scope, Subject};
use crate::trace::Trace;
use crate::{Context, RequestId};

/// Creates the scope of a request, in the trace that its caller names or in a new one.
pub(crate) fn start_request(context: &Context, request: &Request) -> Arc<Scope> {
    let (headers, random) = (request.headers(), context.random());
    let trace = Trace::from_headers(headers, &random);
    let id = RequestId::from_headers(headers);
    let subject = Subject::Request {
        method: request.method().clone(),
        route: OnceLock::new(),
    };
    let is_timed = log::is_timed() || context.spans().are_wanted();
    Scope::new(
        subject,
        id.unwrap_or_else(|| RequestId::random(&random)),
        trace.unwrap_or_else(|| Trace::new(&random)),
        is_timed.then(|| context.clock()),
    )
}

/// Reports a request that has ended.
pub(crate) fn end_request(
    context: &Context,
    scope: &Scope,
    line: &RequestLine,
    response: &Response,
) {
    // A response from a layer has no route.
    scope.set_route("");
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        scope.keep();
    }
    let ended = scope.now();
    context.spans().add_request(scope, response, ended);
    line.write(response, scope, ended);
}

/// Creates the scope of a task attempt, in the trace of the request that enqueued the task.
pub(crate) fn start_attempt(
    context: &Context,
    attempt: Subject,
    request_id: &str,
    trace: &str,
) -> Arc<Scope> {
    let random = context.random();
    let trace = Trace::from_text(trace, &random);
    Scope::new(
        attempt,
        RequestId::from_text(request_id).unwrap_or_default(),
        trace.unwrap_or_else(|| Trace::new(&random)),
        Some(context.clock()),
    )
}

/// Reports the span of an attempt that has ended, and returns its log line, to be written once its end is in the database.
pub(crate) fn end_attempt(
    context: &Context,
    scope: &Scope,
    error: Option<&dyn Error>,
) -> AttemptLine {
    let ended = scope.now();
    context.spans().add_attempt(scope, error, ended);
    AttemptLine::new(scope, ended)
}
