//! The sweep over HTTP: `POST /_whippet/sweep` runs the tasks that are due, for hosts that have nothing else to wake them, and
//! for any scheduler that can post.
//!
//! The route exists where the variable [`KEY`] is set, and asks for its value: `Authorization: Bearer <key>`. It answers with
//! what it did: `{"ran": 3, "nextDue": "2026-01-01T00:05:00.000Z"}`, where `nextDue` is `null` when no task is left.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::Serialize;
use subtle::ConstantTimeEq;

use crate::routing::{Methods, post};
use crate::tasks::Registry;
use crate::{Context, Json, Problem, Timestamp};

/// Where the sweep is.
pub const PATH: &str = "/_whippet/sweep";

/// The variable that holds the sweep's key.
pub const KEY: &str = "SWEEP_KEY";

/// What a sweep did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Swept {
    ran: u32,
    next_due: Option<Timestamp>,
}

/// The route, if the configuration has a key for it.
pub(crate) fn route(context: &Context, tasks: &Arc<Registry>) -> Option<(&'static str, Methods)> {
    context.config().secret(KEY)?;
    let tasks = Arc::clone(tasks);
    let sweep = move |State(context): State<Context>, headers: HeaderMap| async move {
        authorize(&context, &headers)?;
        let drained = tasks.drain(&context, context.host().queue.budget()).await;
        Ok::<_, Problem>(Json(Swept {
            ran: drained.ran,
            next_due: drained.next_due,
        }))
    };
    Some((PATH, post(sweep)))
}

fn authorize(context: &Context, headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes());
    let (scheme, key) = given
        .and_then(|given| given.split_at_checked(7))
        .unwrap_or_default();
    let expected = context.config().secret(KEY);
    // Keys of another length are told apart early: the length of a random key is no secret.
    let is_key = expected.is_some_and(|expected| key.ct_eq(expected.expose().as_bytes()).into());
    if scheme.eq_ignore_ascii_case(b"bearer ") && is_key {
        return Ok(());
    }
    Err(Problem::unauthorized(
        "the key of the sweep is missing or wrong; send it as `Authorization: Bearer <key>`",
    ))
}
