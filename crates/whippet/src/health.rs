//! Health checks: `/healthz` reports whether the program runs. `/readyz` reports whether the database has the schema
//! that the program needs.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::types::NOT_READY;
use crate::{App, Context, Json, Problem, get, routes};

/// Adds `GET /healthz` and `GET /readyz`.
#[must_use]
pub fn routes(app: App) -> App {
    app.routes(routes![healthz, readyz])
}

/// The body of a successful response to a health check.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    status: &'static str,
}

/// Reports whether the program runs.
///
/// Responds 200 whenever the program runs.
#[get("/healthz", tag = "Health")]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Reports whether the program is ready for requests.
///
/// Responds 200 once every migration of the program is applied. Otherwise responds 503 with a problem that states the
/// reason: the first missing migration, a migration that does not match the program, a schema that cannot be checked,
/// or a shutdown of the server. An older program stays ready after a newer program has applied its migrations, if each
/// of these migrations only adds to the schema.
#[expect(
    clippy::missing_errors_doc,
    reason = "the doc comment becomes the operation's description; OpenAPI lists the error responses separately"
)]
#[get("/readyz", tag = "Health", errors(NOT_READY))]
pub async fn readyz(State(context): State<Context>) -> Result<Json<Health>, Problem> {
    let not_ready = |detail: String| NOT_READY.with_detail(detail);
    if context.is_shutting_down() {
        return Err(not_ready("the server is shutting down".to_owned()));
    }
    match context.migrations().pending(&context.db()).await {
        Ok(pending) => match pending.first() {
            None => Ok(Json(Health { status: "ok" })),
            Some(first) => Err(not_ready(format!(
                "the migration {} is not applied yet",
                first.name
            ))),
        },
        Err(error) if error.is_mismatch() => {
            context.log_mismatch(&error);
            Err(not_ready(error.to_string()))
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the schema cannot be checked"
            );
            Err(not_ready(
                "the schema cannot be checked; the log has the cause".to_owned(),
            ))
        }
    }
}
