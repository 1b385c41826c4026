//! The routes with which an operator looks at the outbox, below [`PATH`]. They need the sweep key.
//!
//! - `GET /_whippet/tasks`: how many tasks of each name are not due yet (`waiting`), are due (`ready`) and run
//!   (`running`); the names that this program does not know; and how many tasks are dead
//! - `GET /_whippet/tasks/dead`: the 100 tasks that died last, with their errors, and further tasks that died in the same
//!   millisecond. `?before=<time>` continues the list
//! - `POST /_whippet/tasks/dead/{id}`: runs a dead task again
//! - `DELETE /_whippet/tasks/dead/{id}`: deletes a dead task
//! - `DELETE /_whippet/tasks/{id}`: cancels a pending task

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Authorized;
use crate::extract::Query;
use crate::routing::{Methods, delete, get, post};
use crate::tasks::{DeadTask, Registry, Tasks};
use crate::{Context, Db, Json, Path, Problem, Timestamp};

/// The path of the overview.
pub const PATH: &str = "/_whippet/tasks";

const TASK: &str = "/_whippet/tasks/{id}";
const DEAD: &str = "/_whippet/tasks/dead";
const DEAD_TASK: &str = "/_whippet/tasks/dead/{id}";

/// How many dead tasks one response lists.
const LISTED: u32 = 100;

/// The dead tasks, newest first.
#[derive(Debug, Serialize)]
struct DeadTasks {
    tasks: Vec<DeadTask>,
}

/// The query parameters of the list of dead tasks.
#[derive(Debug, Deserialize)]
struct Before {
    before: Option<Timestamp>,
}

/// Returns the routes.
pub(super) fn routes(registry: &Arc<Registry>) -> [(&'static str, Methods); 4] {
    let registry = Arc::clone(registry);
    let overview = move |_: Authorized, State(context): State<Context>| async move {
        Ok::<_, Problem>(Json(registry.overview(&context).await?))
    };
    [
        (PATH, get(overview)),
        (DEAD, get(list)),
        (DEAD_TASK, post(redrive).delete(purge)),
        (TASK, delete(cancel)),
    ]
}

async fn list(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Query(page): Query<Before>,
) -> Result<Json<DeadTasks>, Problem> {
    let dead = tasks.dead(page.before.unwrap_or(Timestamp::MAX), LISTED);
    let tasks = dead.fetch_all(&db).await?;
    Ok(Json(DeadTasks { tasks }))
}

async fn redrive(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.redrive(id).execute(&db).await?)
}

async fn purge(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.purge(id).execute(&db).await?)
}

async fn cancel(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.cancel(id).execute(&db).await?)
}

/// Returns 204 if a row was changed, and otherwise a 404 problem.
fn changed(rows: u64) -> Result<StatusCode, Problem> {
    match rows {
        0 => Err(Problem::not_found("no such task is in this state")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
