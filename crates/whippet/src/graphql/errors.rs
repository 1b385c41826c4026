//! The errors in a response. Problems become errors with extensions. Unexpected errors are logged and masked.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError, Value};
use serde_json::Map;

use super::limits::{MAX_ERRORS, MAX_MESSAGE};
use crate::problem::Cause;
use crate::{Context, DbError, Problem};

/// The maximum number of log lines for the errors in one response. A list of 1,000 items may cause 1,000 errors.
const MAX_LINES: usize = 10;

/// Replaces the errors of a response with errors that the client may see, and logs unexpected errors. Returns the
/// number of errors.
pub(super) fn finish(response: &mut Response, context: &Context) -> usize {
    let count = response.errors.len();
    let mut logged: Vec<String> = Vec::new();
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        if let Some(cause) = mask(error, context)
            && logged.len() < MAX_LINES
            && !logged.contains(&cause)
        {
            let path = path_text(&error.path);
            tracing::error!(target: super::LOG_TARGET, error = cause, path, "a resolver failed");
            logged.push(cause);
        }
        shorten(&mut error.message);
    }
    if count > MAX_ERRORS {
        let more = format!("{} more errors are omitted", count - MAX_ERRORS);
        response.errors.push(ServerError::new(more, None));
    }
    count
}

/// Converts a problem into an error in a response.
pub(super) fn error_of(problem: &Problem) -> ServerError {
    let mut error = ServerError::new("", None);
    describe(&mut error, problem);
    error
}

/// If the error has a source, replaces its message and its extensions with those that the client may see. Returns the
/// cause for the log if the error is unexpected.
fn mask(error: &mut ServerError, context: &Context) -> Option<String> {
    let source = error.source.take()?;
    let unexpected;
    let problem = if let Some(problem) = source.downcast_ref::<Problem>() {
        problem
    } else if let Some(error) = source.downcast_ref::<DbError>() {
        unexpected = Problem::from(error.clone());
        &unexpected
    } else {
        unexpected = Problem::internal(std::mem::take(&mut error.message));
        &unexpected
    };
    describe(error, problem);
    let Cause(cause) = problem.logged().cause?;
    if let Some(id) = context.request_id() {
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("requestId", id.as_str());
    }
    Some(text(&*cause))
}

/// The detail of the problem becomes the message of the error. The other fields become extensions of the error: `type`,
/// `title`, `status`, `code`, `errors` and the extensions of the problem. Keeps the extensions that the resolver has
/// set.
fn describe(error: &mut ServerError, problem: &Problem) {
    let mut fields: Map<String, serde_json::Value> =
        serde_json::from_slice(&problem.body()).unwrap_or_default();
    let detail = fields.remove("detail");
    let title = fields.get("title").cloned();
    let message = detail.or(title).unwrap_or_default();
    message
        .as_str()
        .unwrap_or_default()
        .clone_into(&mut error.message);
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    for (name, value) in fields {
        if extensions.get(&name).is_none() {
            extensions.set(name, Value::from_json(value).unwrap_or_default());
        }
    }
}

/// Returns one text with the message of an error and the messages of its causes.
fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn shorten(message: &mut String) {
    if message.len() > MAX_MESSAGE {
        let end = message.floor_char_boundary(MAX_MESSAGE);
        message.truncate(end);
        message.push('…');
    }
}

/// Returns a path such as `users.0.name`.
fn path_text(path: &[PathSegment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}

/// Converts a problem into an error that a resolver returns. The problem is shared, because several fields can fail
/// with the same problem.
pub(super) fn shared(problem: &Arc<Problem>) -> async_graphql::Error {
    let mut error = async_graphql::Error::new(problem.to_string());
    error.source = Some(Arc::clone(problem) as Arc<dyn std::any::Any + Send + Sync>);
    error
}
