//! Logs: one JSON object per line, with the same keys in the same order on every host.
//!
//! Every line starts with the keys `timestamp`, `level`, `message` and `target`. A line of a request continues with
//! `request_id`, `trace_id`, `route` and `method`. A line of a task continues with `request_id`, `trace_id`, `task`,
//! `task_id` and `attempt`. The line ends with the fields of the event, the fields of the spans around the event, and
//! the bound fields. Each key occurs once in a line. A field of the event takes precedence over fields of spans and
//! bound fields with the same name. If several spans or bound fields set a field with the same name, the value that was
//! set last takes precedence.
//!
//! Use `tracing`'s macros to write log lines. If a field is a `&dyn Error`, its causes are logged too. [`bind`] adds a
//! field to all later lines of a request or task.

mod levels;
mod lines;
mod record;
mod redact;
mod sample;
mod settings;
mod shorten;
mod spans;
mod subscriber;

use serde::Serialize;
use tracing::{Dispatch, Span};
use tracing_subscriber::fmt::MakeWriter;

pub(crate) use lines::{AttemptLine, RequestLine, is_timed};
#[cfg(feature = "testing")]
pub(crate) use redact::{REDACTED, SecretNames};
pub use settings::{LEVEL, LINE_BYTES, REDACT, SAMPLE};
pub(crate) use subscriber::Subscriber;

use std::sync::Arc;

use crate::scope::{self, Scope, Subject};
use crate::{Config, ConfigError, Timestamp};

/// Writes the program's log to `writer`, with one write call for each line. `now` returns the current time. Only the
/// first call of `init` has an effect.
///
/// # Errors
///
/// Returns an error if one of the variables [`LEVEL`], [`SAMPLE`], [`REDACT`] and [`LINE_BYTES`] is not valid. In this
/// case, the log is still written, with the variable's default value.
pub fn init<W>(config: &Config, writer: W, now: fn() -> Timestamp) -> Result<(), ConfigError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (dispatch, result) = dispatch(config, writer, now);
    // `set_global_default` fails if the program already has a global subscriber. The existing subscriber then stays in
    // place.
    drop(tracing::dispatcher::set_global_default(dispatch));
    result
}

/// Creates the same log as [`init`], but does not install it for the whole program.
///
/// Returns the log. Also returns an error for the first variable that is not valid. The log uses the default values of
/// such variables, so that the program can still log the error.
pub fn dispatch<W>(
    config: &Config,
    writer: W,
    now: fn() -> Timestamp,
) -> (Dispatch, Result<(), ConfigError>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (settings, result) = settings::read(config);
    (
        Dispatch::new(Subscriber::new(settings, writer, now)),
        result,
    )
}

/// Adds a field to every later log line of the current request or task, in every span. Binding the same name again
/// replaces the value. Outside requests and tasks, `bind` does nothing.
///
/// ```
/// use whippet::{Path, log};
///
/// async fn get_invoice(Path((tenant, id)): Path<(String, u32)>) -> String {
///     log::bind("tenant", &tenant);
///     tracing::info!(id, "loading"); // …,"id":7,"tenant":"acme"}
///     format!("the invoice {id} of {tenant}")
/// }
/// ```
pub fn bind(name: &'static str, value: impl Serialize) {
    if current_scope().is_none() {
        return;
    }
    // Serialize the value outside `with_subscriber`, because log lines that its `Serialize` implementation writes
    // inside `with_subscriber` could be lost.
    if let Ok(json) = serde_json::to_string(&value) {
        with_subscriber(|log| log.bind(name, &json));
    }
}

/// Creates the tracing span of a request or task attempt. Each log line within the span contains the fields of `scope`,
/// which describe the request or task attempt.
pub(crate) fn span(scope: &Arc<Scope>) -> Span {
    let (request_id, trace_id) = (scope.request_id.as_str(), scope.trace.id());
    let span = match scope.subject {
        Subject::Request { .. } => {
            tracing::error_span!(target: scope::TARGET, "request", request_id, trace_id)
        }
        Subject::Attempt { .. } => {
            tracing::error_span!(target: scope::TARGET, "task", request_id, trace_id)
        }
    };
    span.with_subscriber(|(id, dispatch)| {
        if let Some(log) = dispatch.downcast_ref::<Subscriber>() {
            log.set_scope(id, Arc::clone(scope));
        }
    });
    span
}

/// Returns the scope of the current request or task attempt.
fn current_scope() -> Option<Arc<Scope>> {
    with_subscriber(Subscriber::current_scope)?
}

/// Calls `f` with the current `tracing` subscriber, if it is a [`Subscriber`] of this module.
fn with_subscriber<T>(f: impl FnOnce(&Subscriber) -> T) -> Option<T> {
    let mut f = Some(f);
    tracing::dispatcher::get_default(|dispatch| {
        let log = dispatch.downcast_ref::<Subscriber>()?;
        Some(f.take()?(log))
    })
}
