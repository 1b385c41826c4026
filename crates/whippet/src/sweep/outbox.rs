//! The routes below [`PATH`], with which operators read and change the outbox. Requests to these routes need the sweep
//! key. The command `whippet tasks` uses these routes, and so does the page for operators at [`PAGE`]. A browser that
//! requests `GET /_whippet/tasks` without a key is redirected to this page.
//!
//! - `GET /_whippet/tasks`: lists the names of the tasks in this program. For each name, the response contains the
//!   queue and five counts: tasks that are not due yet (`waiting`), tasks that follow a group with pending tasks
//!   (`blocked`), due tasks (`ready`), running tasks (`running`) and dead tasks (`dead`). The response also lists task
//!   names that this program does not know, the paused queues, and the schedules. If the app calls
//!   [`App::count_attempts`](crate::App::count_attempts), the response also counts the attempts that ended in each
//!   minute of the last hour. `?minutes=<count>` selects another number of minutes.
//! - `GET /_whippet/tasks/pending?name=<name>&state=<state>`: lists up to 100 tasks with this name and this state:
//!   `waiting`, `blocked`, `ready` or `running`.
//! - `GET /_whippet/tasks/dead`: lists the 100 tasks that died last, with their errors. If further tasks died in the
//!   same millisecond as the oldest of the 100, lists them too. `?before=<time>` continues the list.
//! - `POST /_whippet/tasks/dead?name=<name>`: runs up to 500 dead tasks with this name again. With `until=<time>`, runs
//!   only tasks that died no later than this time.
//! - `DELETE /_whippet/tasks/dead?before=<time>`: deletes up to 500 tasks that died before this time.
//! - `POST /_whippet/tasks/dead/{id}`: runs a dead task again.
//! - `DELETE /_whippet/tasks/dead/{id}`: deletes a dead task.
//! - `GET /_whippet/tasks/{id}`: returns a task in any state.
//! - `DELETE /_whippet/tasks/{id}`: cancels a pending task.
//! - `PUT /_whippet/tasks/paused/{queue}`: pauses a queue.
//! - `DELETE /_whippet/tasks/paused/{queue}`: resumes a queue.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

pub use super::page::PATH as PAGE;
use super::{Authorized, page, pending};
use crate::extract::Query;
use crate::routing::{Methods, get, post, put};
use crate::tasks::{DeadTask, Registry, Tasks};
use crate::{Context, Db, Json, Path, Problem, Timestamp, query};

/// The path of the overview of the outbox. The paths of the other routes start with it.
pub const PATH: &str = "/_whippet/tasks";

const TASK: &str = "/_whippet/tasks/{id}";
const DEAD: &str = "/_whippet/tasks/dead";
const PAUSED: &str = "/_whippet/tasks/paused/{queue}";
const DEAD_TASK: &str = "/_whippet/tasks/dead/{id}";

/// How many dead tasks a response lists. If further tasks died in the same millisecond as the oldest of these tasks,
/// the response lists them too, so that `?before=<time>` can continue the list.
const LISTED: u32 = 100;

/// The maximum number of dead tasks that one request can run again.
const REDRIVEN: u32 = 500;

/// Returns the JSON of a task. For a running task, `dueAt` is the end of the lease. For a dead task, `dueAt` is the
/// time of death.
const SHOW: &str = include_str!("../tasks/sql/show.sql");

/// The number of minutes in the overview, unless the request sets `?minutes=<count>`.
const MINUTES: u32 = 60;

/// The maximum number of minutes in the overview: one day, because the database does not keep older counts.
const MOST_MINUTES: u32 = 24 * 60;

/// The query parameters of the overview.
#[derive(Debug, Deserialize)]
struct Last {
    minutes: Option<u32>,
}

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

/// The query parameters of a request that runs dead tasks again.
#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    until: Option<Timestamp>,
}

/// The query parameters of a request that deletes dead tasks.
#[derive(Debug, Deserialize)]
struct DiedBefore {
    before: Timestamp,
}

/// The response body with the number of tasks that a request has changed.
#[derive(Debug, Serialize)]
struct Changed {
    tasks: u64,
}

/// Returns the routes.
pub(super) fn routes(registry: &Arc<Registry>) -> [(&'static str, Methods); 6] {
    let known = Arc::clone(registry);
    let pause = move |_: Authorized, db: Db, tasks: Tasks, Path(queue): Path<String>| async move {
        if !known.has_queue(&queue) {
            return Err(Problem::not_found(
                "no task in this program uses this queue",
            ));
        }
        tasks.pause(queue).execute(&db).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    let registry = Arc::clone(registry);
    let overview = move |State(context): State<Context>,
                         authorized: Result<Authorized, Problem>,
                         last: Result<Query<Last>, Problem>,
                         headers: HeaderMap| async move {
        if authorized.is_err()
            && let Some(redirect) = page::redirect(&headers)
        {
            return Ok(redirect);
        }
        authorized?;
        let minutes = last?.0.minutes.unwrap_or(MINUTES).min(MOST_MINUTES);
        let overview = registry.overview(&context, minutes).await?;
        Ok::<Response, Problem>(Json(overview).into_response())
    };
    [
        (PATH, get(overview)),
        (DEAD, get(list).post(redrive_all).delete(purge_before)),
        (DEAD_TASK, post(redrive).delete(purge)),
        (pending::PATH, get(pending::list)),
        (TASK, get(show).delete(cancel)),
        (PAUSED, put(pause).delete(resume)),
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

async fn redrive_all(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Query(dead): Query<Named>,
) -> Result<Json<Changed>, Problem> {
    let until = dead.until.unwrap_or(Timestamp::MAX);
    let redrive = tasks.redrive_until(dead.name, REDRIVEN, until);
    let tasks = redrive.execute(&db).await?;
    Ok(Json(Changed { tasks }))
}

async fn purge_before(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Query(dead): Query<DiedBefore>,
) -> Result<Json<Changed>, Problem> {
    let tasks = tasks.purge_before(dead.before).execute(&db).await?;
    Ok(Json(Changed { tasks }))
}

async fn show(_: Authorized, db: Db, Path(id): Path<String>) -> Result<impl IntoResponse, Problem> {
    let task: Option<String> = query(SHOW).bind(id).fetch_optional(&db).await?;
    let task = task.ok_or_else(|| Problem::not_found("the outbox has no task with this id"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], task))
}

async fn redrive(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.redrive(id).execute(&db).await?, NO_SUCH_TASK)
}

async fn purge(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.purge(id).execute(&db).await?, NO_SUCH_TASK)
}

async fn cancel(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(tasks.cancel(id).execute(&db).await?, NO_SUCH_TASK)
}

async fn resume(
    _: Authorized,
    db: Db,
    tasks: Tasks,
    Path(queue): Path<String>,
) -> Result<StatusCode, Problem> {
    changed(
        tasks.resume(queue).execute(&db).await?,
        "the queue is not paused",
    )
}

const NO_SUCH_TASK: &str =
    "the outbox has no task with this id in the state that the request needs";

/// Returns a 204 if a row was changed. Otherwise, returns a 404 problem with the detail `missing`.
fn changed(rows: u64, missing: &'static str) -> Result<StatusCode, Problem> {
    match rows {
        0 => Err(Problem::not_found(missing)),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
