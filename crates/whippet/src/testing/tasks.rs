//! The rows of the table `tasks`, which is the outbox.

use serde::Deserialize;
use serde_json::Value;

use crate::{Context, DbError, Timestamp, query};

/// A task in the outbox. A task that succeeded is removed from the outbox.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskRow {
    /// The id of the task.
    pub id: String,
    /// The name of the task's type.
    pub name: String,
    /// The arguments of the task. Arguments that are not valid JSON are returned as a string.
    pub args: Value,
    /// `pending` or `dead`.
    pub state: String,
    /// How many times the task was started.
    pub attempt: u32,
    /// How many attempts failed.
    pub failures: u32,
    /// The time at which the task may be started. While the task runs, the time at which its lease expires.
    pub due: Timestamp,
    /// The error of the last failed attempt.
    pub last_error: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    args: String,
    state: String,
    attempt: u32,
    failures: u32,
    due_at: Timestamp,
    last_error: Option<String>,
}

pub(super) async fn read(context: &Context) -> Result<Vec<TaskRow>, DbError> {
    let tasks = query(
        "select id, name, args, state, attempt, failures, due_at, last_error from tasks order by due_at, id",
    );
    let rows: Vec<Row> = tasks.fetch_all(&context.db()).await?;
    Ok(rows.into_iter().map(TaskRow::from).collect())
}

impl From<Row> for TaskRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            args: serde_json::from_str(&row.args).unwrap_or(Value::String(row.args)),
            state: row.state,
            attempt: row.attempt,
            failures: row.failures,
            due: row.due_at,
            last_error: row.last_error,
        }
    }
}
