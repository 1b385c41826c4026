//! The sweep over HTTP: `POST /_whippet/sweep` runs the tasks that are due. On a host without a scheduler, an external
//! scheduler can send this request.
//!
//! The sweep route exists only if the variable [`KEY`] is set. A request must send the value of this variable in the
//! header `Authorization: Bearer <key>`. The response contains the number of task attempts that ran, and the time at
//! which the next task is due: `{"ran": 3, "nextDue": "2026-01-01T00:05:00.000Z"}`. `nextDue` is `null` if no task is
//! pending.
//!
//! With the key, operators can also look at the outbox: see [`outbox`].

pub mod outbox;
mod page;
mod pending;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Serialize;

use crate::routing::{Methods, post};
use crate::tasks::Registry;
use crate::{ConfigError, Context, Json, Problem, Timestamp, bearer_key};

/// The path of the sweep route.
pub const PATH: &str = "/_whippet/sweep";

/// The name of the variable that contains the sweep key.
pub const KEY: &str = "SWEEP_KEY";

/// The body of the response to a sweep.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SweepResult {
    ran: u32,
    next_due: Option<Timestamp>,
}

/// The prefix of the paths that bypass the layers of the app. Otherwise, a layer could drop the task attempts of a
/// sweep.
pub(crate) const PREFIX: &str = "/_whippet/";

/// Returns the routes that need the sweep key, or no routes if the configuration has no sweep key. Fails if the header
/// `Authorization` cannot contain the key.
pub(crate) fn routes(
    context: &Context,
    tasks: &Arc<Registry>,
) -> Result<Vec<(&'static str, Methods)>, ConfigError> {
    if context.config().bearer_key(KEY)?.is_none() {
        return Ok(Vec::new());
    }
    let registry = Arc::clone(tasks);
    let sweep = move |_: Authorized, State(context): State<Context>| async move {
        let budget = context.host().wake_up.budget();
        let drained = registry.drain(&context, budget).await;
        Ok::<_, Problem>(Json(SweepResult {
            ran: drained.ran,
            next_due: drained.next_due,
        }))
    };
    let mut routes = vec![(PATH, post(sweep))];
    routes.extend(outbox::routes(tasks));
    routes.extend(page::routes(context.host().docs));
    Ok(routes)
}

/// An argument that rejects requests without the sweep key. Every handler that needs the key takes this argument.
struct Authorized;

impl FromRequestParts<Context> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let given = bearer_key(&parts.headers);
        let expected = context.config().secret(KEY);
        let keys = given.zip(expected);
        if keys.is_some_and(|(key, expected)| expected.matches(key)) {
            return Ok(Self);
        }
        Err(Problem::unauthorized(
            "the sweep key is missing or wrong; send it as `Authorization: Bearer <key>`",
        ))
    }
}
