//! The line of a request and the line of an attempt at a task: what it was, how it ended, and what it used.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use tracing::Level;

use crate::problem::{Cause, Logged};
use crate::scope::{Scope, Usage, millis};
use crate::{Context, TaskError};

/// The targets of these lines.
const REQUEST: &str = "whippet::request";
const TASK: &str = "whippet::task";

/// Whether requests are timed: where their lines are not written, nobody asks how long they took.
pub(crate) fn is_timed() -> bool {
    tracing::enabled!(target: REQUEST, Level::INFO)
}

/// What a request used of a kind, where it used any.
struct Used<'a>(&'a Usage);

impl Used<'_> {
    fn db_statements(&self) -> Option<u64> {
        Some(self.0.statements.get()).filter(|count| *count > 0)
    }
    fn db_rows(&self) -> Option<u64> {
        self.db_statements().map(|_| self.0.rows.get())
    }
    fn db_ms(&self) -> Option<u64> {
        self.db_statements().map(|_| self.0.db_ms.get())
    }
    fn fetches(&self) -> Option<u64> {
        Some(self.0.fetches.get()).filter(|count| *count > 0)
    }
    fn fetch_ms(&self) -> Option<u64> {
        self.fetches().map(|_| self.0.fetch_ms.get())
    }
}

/// The milliseconds since a scope began, where it is timed.
fn duration_ms(scope: &Scope, context: &Context) -> Option<u64> {
    let times = scope.started.zip(scope.now(context));
    times.map(|(started, ended)| millis(started, ended))
}

/// Writes a line of a scope, with what it used.
macro_rules! line {
    ($level:ident, $target:expr, $scope:ident, $message:literal, $($field:tt)*) => {{
        let used = Used(&$scope.usage);
        tracing::$level!(
            target: $target,
            $($field)*
            db_statements = used.db_statements(),
            db_rows = used.db_rows(),
            db_ms = used.db_ms(),
            fetches = used.fetches(),
            fetch_ms = used.fetch_ms(),
            span_id = $scope.trace.span_id(),
            parent_span_id = $scope.trace.parent_id(),
            $message
        )
    }};
}

/// The line of a request that is under way.
pub(crate) struct RequestLine {
    scope: Arc<Scope>,
    request_bytes: Option<u64>,
}

impl RequestLine {
    pub(crate) fn new(request: &Request, scope: &Arc<Scope>) -> Self {
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
            scope: Arc::clone(scope),
            request_bytes: request.body().size_hint().exact().or_else(declared),
        }
    }

    pub(crate) fn write(&self, response: &Response, context: &Context) {
        let scope = &*self.scope;
        // Where a layer answered there is none.
        scope.set_route("");
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            scope.keep();
        }
        let status = status.as_u16();
        let duration_ms = duration_ms(scope, context);
        let request_bytes = self.request_bytes;
        // What is streamed has not been sent yet.
        let response_bytes = response.body().size_hint().exact();
        let logged = response.extensions().get::<Logged>();
        let problem = logged.map(|logged| &*logged.code);
        match logged.and_then(|logged| logged.cause.as_ref()) {
            Some(Cause(cause)) => {
                let error: &(dyn Error + 'static) = &**cause;
                line!(
                    error,
                    REQUEST,
                    scope,
                    "request failed",
                    status,
                    duration_ms,
                    request_bytes,
                    response_bytes,
                    problem,
                    error,
                );
            }
            None => {
                line!(
                    info,
                    REQUEST,
                    scope,
                    "request",
                    status,
                    duration_ms,
                    request_bytes,
                    response_bytes,
                    problem,
                );
            }
        }
    }
}

/// The line of an attempt that has ended.
pub(crate) struct AttemptLine<'a> {
    scope: &'a Scope,
    duration_ms: Option<u64>,
}

impl<'a> AttemptLine<'a> {
    pub(crate) fn new(scope: &'a Scope, context: &Context) -> Self {
        Self {
            scope,
            duration_ms: duration_ms(scope, context),
        }
    }

    pub(crate) fn done(self) {
        let Self { scope, duration_ms } = self;
        line!(info, TASK, scope, "task done", duration_ms,);
    }

    pub(crate) fn failed(self, error: &TaskError, retry_in: Duration) {
        let Self { scope, duration_ms } = self;
        let retry_in_ms = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX);
        let error: &(dyn Error + 'static) = error;
        line!(
            warn,
            TASK,
            scope,
            "task failed, to be tried again",
            duration_ms,
            retry_in_ms,
            error,
        );
    }

    pub(crate) fn dead(self, error: &TaskError) {
        let Self { scope, duration_ms } = self;
        let error: &(dyn Error + 'static) = error;
        line!(error, TASK, scope, "task dead", duration_ms, error,);
    }
}
