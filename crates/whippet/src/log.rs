//! Logs: one JSON object a line, the same keys in the same order on every host.
//!
//! `timestamp`, `level`, `message`, `target`; of a request or task `request_id` and `trace_id`, then `route` and `method`, or
//! `task`, `task_id` and `attempt`; then the event's fields, those of the spans around it, and what was bound. Of two values
//! with one key, the later or inner one is written.
//!
//! Write with `tracing`'s macros. An `error` field given as `&dyn Error` is written with its chain. [`bind`] adds a field to
//! all later lines of a request or task.

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
pub(crate) use redact::{Names, REDACTED};
pub use settings::{LEVEL, LINE_BYTES, REDACT, SAMPLE};
pub(crate) use subscriber::Subscriber;

use std::sync::Arc;

use crate::scope::{self, Scope, Subject};
use crate::{Config, ConfigError, Timestamp};

/// Sends this program's events to `writer`, one line a write, with `now` telling the time. Later calls change nothing.
///
/// # Errors
///
/// When one of the variables [`LEVEL`], [`SAMPLE`], [`REDACT`] and [`LINE_BYTES`] cannot be used.
pub fn init<W>(config: &Config, writer: W, now: fn() -> Timestamp) -> Result<(), ConfigError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (dispatch, result) = dispatch(config, writer, now);
    // Fails when a subscriber is set already, which is then the one that the program wants.
    drop(tracing::dispatcher::set_global_default(dispatch));
    result
}

/// The same log for a program that has several, and whether the variables can be used. It works either way: a variable that
/// cannot be used is an error, which wants to be logged too.
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

/// Adds a field to every later line of the request or task that this is called in, whichever span it is called in; a value
/// bound before under that name is replaced. Outside of requests and tasks nothing happens.
///
/// ```
/// use whippet::{Path, log};
///
/// async fn get_invoice(Path((tenant, id)): Path<(String, u32)>) -> String {
///     log::bind("tenant", &tenant);
///     tracing::info!(id, "looking for an invoice"); // … "id":7,"tenant":"acme"
///     format!("the invoice {id} of {tenant}")
/// }
/// ```
pub fn bind(name: &'static str, value: impl Serialize) {
    if let Some(scope) = current_scope() {
        record::bind(&scope, name, &value);
    }
}

/// Creates the span around everything that runs for a request or task attempt; log lines within it find the scope.
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

/// Returns the scope of the request or task attempt that the caller runs for.
fn current_scope() -> Option<Arc<Scope>> {
    tracing::dispatcher::get_default(|dispatch| {
        dispatch.downcast_ref::<Subscriber>()?.current_scope()
    })
}
