//! The list of pending tasks.

use serde::{Deserialize, Serialize};

use super::Authorized;
use crate::extract::Query;
use crate::{AssertSqlSafe, Db, Json, Problem, Timestamp, query};

/// The path of the list.
pub(super) const PATH: &str = "/_whippet/tasks/pending";

/// The maximum number of tasks in a response.
const LISTED: u32 = 100;

/// The state of a pending task.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Waiting,
    Blocked,
    Ready,
    Running,
}

impl State {
    /// Returns the SQL condition for the state, and an `order by` clause. The clause matches the order of an index, so
    /// that the database does not have to sort the tasks.
    fn condition(self) -> &'static str {
        match self {
            Self::Waiting => "state = 'pending' and ready = 0 and lease is null order by due_at",
            Self::Blocked => "ready = 2 order by rowid",
            Self::Ready => {
                "state = 'pending' and ready = 1 and lease is null order by concurrency_key, due_at"
            }
            Self::Running => "lease is not null order by concurrency_key, due_at",
        }
    }
}

/// The query parameters of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    name: String,
    state: State,
}

/// A pending task.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
struct PendingTask {
    id: String,
    attempts: u32,
    failures: u32,
    /// The time at which the task may start. If the task is running, the time at which its lease ends.
    due_at: Timestamp,
    created_at: Timestamp,
    last_error: Option<String>,
    concurrency_key: String,
}

/// The pending tasks with one name and in one state.
#[derive(Debug, Serialize)]
pub(super) struct PendingTasks {
    tasks: Vec<PendingTask>,
}

pub(super) async fn list(
    _: Authorized,
    db: Db,
    Query(wanted): Query<Wanted>,
) -> Result<Json<PendingTasks>, Problem> {
    let tasks = query(AssertSqlSafe(format!(
        "select id, attempt as attempts, failures, due_at, created_at, last_error, concurrency_key from tasks \
         where name = ?1 and {} limit ?2",
        wanted.state.condition()
    )));
    let tasks = tasks.bind(wanted.name).bind(LISTED).fetch_all(&db).await?;
    Ok(Json(PendingTasks { tasks }))
}
