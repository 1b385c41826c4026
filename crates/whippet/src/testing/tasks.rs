//! Rows of the outbox.

use serde::Deserialize;
use serde_json::Value;

use crate::{Context, DbError, Timestamp, query};

/// A task in the outbox. One that succeeded is no longer there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaskRow {
    /// The task's id.
    pub id: String,
    /// The name of its kind.
    pub name: String,
    /// Its arguments; text that is no JSON as a string.
    pub args: Value,
    /// `pending` or `dead`.
    pub state: String,
    /// How often it was started.
    pub attempt: u32,
    /// When it may be started; while it runs, the end of its lease.
    pub due: Timestamp,
    /// How its last failed attempt ended.
    pub last_error: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    args: String,
    state: String,
    attempt: u32,
    due_at: Timestamp,
    last_error: Option<String>,
}

pub(super) async fn read(context: &Context) -> Result<Vec<TaskRow>, DbError> {
    let tasks = query(
        "select id, name, args, state, attempt, due_at, last_error from tasks order by due_at, id",
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
            due: row.due_at,
            last_error: row.last_error,
        }
    }
}
