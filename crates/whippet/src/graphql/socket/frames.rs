//! The messages of an operation.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

use super::message::ServerMessage;
use crate::Problem;
use crate::graphql::errors::error_of;
use crate::graphql::operation::Outcome;
use crate::graphql::respond::ResultBody;
use crate::graphql::results::Results;

/// A message of an operation.
pub(super) struct Frame {
    pub(super) id: Arc<str>,
    pub(super) text: Option<String>,
    pub(super) is_last: bool,
}

/// Returns the messages of an operation. If no resolver ran, the only message is `error`. Otherwise, the messages are a
/// `next` for each result, and then `complete`.
pub(super) fn frames(id: &str, results: Results) -> BoxStream<'static, Frame> {
    let id: Arc<str> = id.into();
    stream::unfold(Some(results), move |results| {
        let id = Arc::clone(&id);
        async move {
            let mut results = results?;
            let outcome = results.next().await;
            let (text, rest) = match &outcome {
                None => (ServerMessage::<()>::of(&id, "complete", None), None),
                Some(Outcome { response, has_run }) if !has_run => (
                    ServerMessage::of(&id, "error", Some(&response.errors)),
                    None,
                ),
                Some(outcome) => {
                    let body = ResultBody::from(outcome);
                    match ServerMessage::of(&id, "next", Some(body)) {
                        Some(text) => (Some(text), Some(results)),
                        None => {
                            let cause = "the result cannot be written as JSON";
                            (error(&id, &Problem::internal(cause)), None)
                        }
                    }
                }
            };
            let is_last = rest.is_none();
            Some((Frame { id, text, is_last }, rest))
        }
    })
    .boxed()
}

/// Returns the message that ends an operation that was not executed.
pub(super) fn error(id: &str, problem: &Problem) -> Option<String> {
    ServerMessage::of(id, "error", Some([error_of(problem)]))
}
