//! The progress of running tasks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::result::from_json;
use super::{Attempt, Tasks};
use crate::{Clock, Context, Db, DbError, Problem, Timestamp, query};

/// How many reports an attempt can write one right after the other. After these reports, at most one report is written
/// in each [`INTERVAL`].
const BURST: u32 = 10;

/// The interval in which an attempt can write one report, after its first [`BURST`] reports.
const INTERVAL: Duration = Duration::from_secs(1);

/// The maximum length of a report, in bytes of JSON.
const MAX_BYTES: usize = 1000;

/// Reports the progress of a running task. The task's handler takes a `Progress` as an argument. [`Tasks::progress`]
/// returns the last report.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::tasks::Progress;
/// use whippet::{App, Json, Path, Problem, TaskError, Tasks, get, routes, task, tasks};
///
/// #[derive(Serialize, Deserialize)]
/// struct Import { rows: Vec<String> }
///
/// #[task]
/// async fn import(task: Import, progress: Progress) -> Result<(), TaskError> {
///     for (done, row) in task.rows.iter().enumerate() {
///         progress.report(&(done, task.rows.len())).await?;
///         // …
/// #       drop(row);
///     }
///     Ok(())
/// }
///
/// /// Responds with the number of rows that are done, and the number of all rows.
/// #[get("/imports/{id}")]
/// async fn import_progress(tasks: Tasks, Path(id): Path<String>) -> Result<Json<(u32, u32)>, Problem> {
///     let progress = tasks.progress(id).await?;
///     progress.map(Json).ok_or_else(|| Problem::not_found("no such import is running"))
/// }
///
/// fn app() -> App {
///     App::new().tasks(tasks![import]).routes(routes![import_progress])
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone)]
pub struct Progress {
    attempt: Attempt,
    db: Db,
    clock: Clock,
    /// If the attempt writes no report until this time, it can then write [`BURST`] reports one right after the other.
    full_at: Arc<Mutex<Timestamp>>,
}

impl FromRequestParts<Context> for Progress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        Ok(Self {
            attempt: Attempt::from_request_parts(parts, context).await?,
            db: context.db(),
            clock: context.clock(),
            full_at: Arc::new(Mutex::new(context.clock().now())),
        })
    }
}

impl Progress {
    /// Writes a report to the row of the task, and replaces the previous report. A report can be any value whose JSON
    /// has at most 1000 bytes, such as `&(done, total)` or a struct.
    ///
    /// A handler can call `report` as often as it likes. The first 10 reports of an attempt are all written. After
    /// these, at most one report per second is written, and the others are skipped. If another attempt has taken the
    /// lease, or the task was canceled, the call writes nothing. While the task waits for a retry, the last report is
    /// kept. It is removed together with the row of the task.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the report cannot be serialized as JSON, and [`DbError::Limit`] if it is too
    /// long. Also returns the errors of the database.
    pub async fn report(&self, report: &(impl Serialize + ?Sized)) -> Result<(), DbError> {
        if !self.may_write() {
            return Ok(());
        }
        let decode = |error| DbError::Decode(format!("progress cannot be serialized: {error}"));
        let report = serde_json::to_string(report).map_err(decode)?;
        self.write(report).await
    }

    async fn write(&self, report: String) -> Result<(), DbError> {
        let bytes = report.len();
        if bytes > MAX_BYTES {
            return Err(DbError::Limit(format!(
                "progress of {bytes} bytes of JSON is too long: the limit is {MAX_BYTES} bytes"
            )));
        }
        let Attempt { task_id, lease, .. } = &self.attempt;
        let write = query("update tasks set progress = ?3 where id = ?1 and lease = ?2");
        let write = write.bind(task_id).bind(lease).bind(report);
        write.execute(&self.db).await?;
        Ok(())
    }

    /// Returns true if another report can be written now, and counts this report against the limit.
    fn may_write(&self) -> bool {
        let now = self.clock.now();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*full_at).max(now) + INTERVAL;
        let is_allowed = next <= now + INTERVAL * BURST;
        if is_allowed {
            *full_at = next;
        }
        is_allowed
    }
}

impl Tasks {
    /// Returns the last report of the task `id`: see [`Progress`]. Returns `None` if the task has reported nothing, or
    /// if the outbox does not contain the task any more, because it has succeeded or was canceled.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the report is not a `T`. Also returns the errors of the database.
    pub async fn progress<T: DeserializeOwned>(
        &self,
        id: impl Into<String>,
    ) -> Result<Option<T>, DbError> {
        let report = query("select progress from tasks where id = ?1").bind(id.into());
        let report: Option<Option<String>> = report.fetch_optional(&self.db).await?;
        report.flatten().as_deref().map(from_json).transpose()
    }
}
