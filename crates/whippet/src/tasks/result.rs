//! The results of tasks, which are kept for a limited time.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Tasks;
use crate::{DbError, Query, query};

/// Storing a result also deletes up to this many expired results, so that the table stays small.
const DELETED: u32 = 10;

/// The state or the result of a task: see [`Tasks::result`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskResult<T> {
    /// The task waits or runs.
    Pending,
    /// The task has succeeded with this result.
    Done(T),
    /// The task is dead. Contains the error of the task's last attempt.
    Dead(String),
    /// There is no task and no stored result with this id. The task was never enqueued, it was canceled, it kept no
    /// result, or its result has expired.
    Unknown,
}

impl Tasks {
    /// Returns the queries that store the result of the task `id` for the duration `time`. Pass the queries to
    /// [`Done::with`](super::Done::with), so that the transaction that removes the task also writes the result. The
    /// queries need the table that [`SCHEMA_RESULTS`](super::SCHEMA_RESULTS) creates.
    ///
    /// If the result cannot be serialized as JSON, the queries fail with [`DbError::Decode`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use serde::{Deserialize, Serialize};
    /// use whippet::tasks::{Attempt, Done, TaskResult};
    /// use whippet::{App, Json, Path, Problem, TaskError, Tasks, get, post, routes, task, tasks};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Add(u32, u32);
    ///
    /// #[task]
    /// async fn add(Add(a, b): Add, attempt: Attempt, tasks: Tasks) -> Result<Done, TaskError> {
    ///     Ok(Done::with(tasks.keep_result(attempt.task_id, &(a + b), Duration::from_secs(3600))))
    /// }
    ///
    /// #[post("/sums", status = 202)]
    /// async fn start(tasks: Tasks, Json((a, b)): Json<(u32, u32)>) -> Result<Json<String>, Problem> {
    ///     Ok(Json(tasks.send(&Add(a, b)).await?))
    /// }
    ///
    /// #[get("/sums/{id}")]
    /// async fn sum(tasks: Tasks, Path(id): Path<String>) -> Result<Json<Option<u32>>, Problem> {
    ///     match tasks.result(id).await? {
    ///         TaskResult::Done(sum) => Ok(Json(Some(sum))),
    ///         TaskResult::Pending => Ok(Json(None)),
    ///         _ => Err(Problem::not_found("there is no such sum")),
    ///     }
    /// }
    ///
    /// fn app() -> App {
    ///     App::new().tasks(tasks![add]).routes(routes![start, sum])
    /// }
    /// # whippet::testing::block_on(async {
    /// # let app = whippet::testing::TestApp::new(|_| Ok(app())).await;
    /// # app.sql(whippet::tasks::SCHEMA).await;
    /// # app.sql(whippet::tasks::SCHEMA_RESULTS).await;
    /// # let id = app.post("/sums").json(&(2, 3)).await.json();
    /// # let path = format!("/sums/{}", id.as_str().unwrap());
    /// # assert_eq!(app.get(&path).await.json(), serde_json::json!(null));
    /// # app.run_tasks().await;
    /// # assert_eq!(app.get(&path).await.json(), serde_json::json!(5));
    /// # });
    /// ```
    pub fn keep_result(
        &self,
        id: impl Into<String>,
        result: &(impl Serialize + ?Sized),
        time: Duration,
    ) -> [Query; 2] {
        let now = self.clock.now();
        let keep = "insert into task_results (id, expires_at, result) values (?1, ?2, ?3) on conflict (id) do update \
                    set expires_at = excluded.expires_at, result = excluded.result";
        let expired = "delete from task_results where rowid in \
                       (select rowid from task_results where expires_at <= ?1 order by expires_at limit ?2)";
        [
            query(expired).bind(now).bind(DELETED),
            query(keep)
                .bind(id.into())
                .bind(now + time)
                .bind_json(result),
        ]
    }

    /// Returns the state or the result of the task `id`.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the stored result cannot be parsed as `T`. Also returns the errors of the
    /// database.
    pub async fn result<T: DeserializeOwned>(
        &self,
        id: impl Into<String>,
    ) -> Result<TaskResult<T>, DbError> {
        let found = "select state, last_error from tasks where id = ?1 \
                     union all select 'done', result from task_results where id = ?1 and expires_at > ?2 limit 1";
        let found = query(found).bind(id.into()).bind(self.clock.now());
        let found: Option<(String, Option<String>)> = found.fetch_optional(&self.db).await?;
        let Some((state, text)) = found else {
            return Ok(TaskResult::Unknown);
        };
        let text = text.unwrap_or_default();
        Ok(match state.as_str() {
            "done" => TaskResult::Done(from_json(&text)?),
            "dead" => TaskResult::Dead(text),
            _ => TaskResult::Pending,
        })
    }
}

/// Parses the JSON text in which a task has stored a value.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Decode(error.to_string()))
}
