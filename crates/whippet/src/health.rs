//! Health checks: `/healthz` says that the program runs, `/readyz` that its database has the schema it needs.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::{App, Context, Json, Problem, routing::get};

/// Adds `GET /healthz` and `GET /readyz`.
#[must_use]
pub fn routes(app: App) -> App {
    app.route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
}

/// The body of a good answer.
#[derive(Debug, Serialize)]
pub struct Health {
    status: &'static str,
}

/// 200 whenever the program runs.
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// 200 once every migration of the program is applied, else 503.
///
/// # Errors
///
/// A 503 problem that names the migration missing, or what keeps the database from answering.
pub async fn readyz(State(context): State<Context>) -> Result<Json<Health>, Problem> {
    let not_ready =
        |detail: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
    match context.migrations().pending(&context).await {
        Ok(pending) => match pending.first() {
            None => Ok(Json(Health { status: "ok" })),
            Some(first) => Err(not_ready(format!(
                "the migration {} is not applied yet",
                first.name
            ))),
        },
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the schema cannot be checked"
            );
            Err(not_ready(
                "the schema cannot be checked; the log says why".to_owned(),
            ))
        }
    }
}
