//! Background tasks: a transactional outbox in the API's own database.
//!
//! [`Tasks::enqueue`] gives a query that writes the task; run it in the same [`Db::batch`](crate::Db::batch) as the data that it
//! belongs to, and neither exists without the other. The host is woken when such a query has run; a sweep repairs what a lost
//! wake-up left. A task runs at least once: its handler is told the task's id and the attempt's number.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use whippet::{App, AppError, Db, DbError, Retry, Task, TaskError, Tasks, query, tasks::task};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Welcome { user_id: String }
//! impl Task for Welcome { const NAME: &'static str = "welcome"; }
//!
//! async fn sign_up(db: &Db, tasks: &Tasks, id: String) -> Result<(), DbError> {
//!     let user = query("insert into users (id) values (?1)").bind(&id);
//!     db.batch([user, tasks.enqueue(&Welcome { user_id: id })?]).await?;
//!     Ok(())
//! }
//!
//! async fn welcome(task: Welcome, db: Db) -> Result<(), TaskError> {
//!     query("update users set welcomed = 1 where id = ?1").bind(task.user_id).execute(&db).await?;
//!     Ok(())
//! }
//!
//! fn app() -> Result<App, AppError> {
//!     Ok(App::new().task(task(welcome).retry("5s 5m 1h".parse()?)))
//! }
//! # drop(app()); let _ = sign_up; let _ = Retry::default();
//! ```

mod error;
mod handler;
mod retry;
mod runner;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use error::TaskError;
pub(crate) use handler::{Registration, Registry};
pub use handler::{TaskConfig, TaskHandler, task};
pub use retry::{Retry, RetryError};
pub use runner::Drained;

use std::convert::Infallible;
use std::sync::Arc;

use crate::scope::Scope;
pub use crate::wake_up::{Budget, WakeUp};
use crate::{
    AssertSqlSafe, Clock, Context, DbError, Problem, Query, Random, RequestId, Sql, Value, query,
};

/// The migration that creates the `tasks` table: copy it into the migrations of an API that has none yet.
pub const SCHEMA: &str = concat!(
    include_str!("../../schema/tasks.sql"),
    include_str!("../../schema/tasks_trace.sql")
);

/// The migration for an API whose `tasks` table has no column `trace` yet, which [`SCHEMA`] has.
pub const SCHEMA_TRACE: &str = include_str!("../../schema/tasks_trace.sql");

/// The arguments of a kind of task.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// The name that its rows carry: letters, digits, `_`, `-` and `.`. Rows outlive a deployment, so keep it.
    const NAME: &'static str;
}

/// Writes tasks to the outbox: taken as an argument by handlers and tasks.
#[derive(Debug, Clone)]
pub struct Tasks {
    clock: Clock,
    random: Random,
    /// The request or attempt that enqueues: its id and trace go with the task.
    scope: Option<Arc<Scope>>,
}

impl FromRequestParts<Context> for Tasks {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Infallible> {
        Ok(Self {
            clock: context.clock(),
            random: context.random(),
            scope: context.scope().cloned(),
        })
    }
}

impl Tasks {
    /// The query that writes `task`, due at once.
    ///
    /// # Errors
    ///
    /// [`DbError::Decode`] when the arguments cannot be written as JSON.
    pub fn enqueue<T: Task>(&self, task: &T) -> Result<Query, DbError> {
        let args = serde_json::to_string(task).map_err(|error| {
            DbError::Decode(format!("the arguments of the task {}: {error}", T::NAME))
        })?;
        let id = RequestId::random(&self.random);
        Ok(self.enqueue_each::<T>(
            "select ?1 as id, ?2 as args",
            [id.as_str().into(), args.into()],
        ))
    }

    /// The query that writes one task for each row of `select`, whatever their number, due at once.
    ///
    /// `select` gives the columns `id`, unique among tasks (a task that is in the outbox already is not written again), and
    /// `args`, the JSON of `T`; its parameters `?1`, `?2`, … are `values`.
    pub fn enqueue_each<T: Task>(
        &self,
        select: impl Sql,
        values: impl IntoIterator<Item = Value>,
    ) -> Query {
        let values: Vec<Value> = values.into_iter().collect();
        let count = values.len();
        let (name, now, request, trace) = (count + 1, count + 2, count + 3, count + 4);
        let sql = format!(
            "insert into tasks (id, name, args, due_at, created_at, request_id, trace) \
             select id, ?{name}, args, ?{now}, ?{now}, ?{request}, ?{trace} from ({}) where true on conflict (id) do nothing",
            select.into_sql()
        );
        let scope = self.scope.as_ref();
        let enqueue = values
            .into_iter()
            .fold(query(AssertSqlSafe(sql)), Query::bind);
        enqueue
            .bind(T::NAME)
            .bind(self.clock.now())
            .bind(scope.map_or("", |scope| scope.request_id.as_str()))
            .bind(scope.map_or_else(String::new, |scope| scope.trace.to_text()))
            .enqueuing()
    }
}

/// Which attempt at which task is running: an extractor for task handlers.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The task's id: the same for every attempt.
    pub task_id: String,
    /// 1 for the first attempt.
    pub number: u32,
    /// Whether no other follows when this one fails.
    pub is_last: bool,
}

impl FromRequestParts<Context> for Attempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let attempt = parts.extensions.get::<Self>().cloned();
        attempt
            .ok_or_else(|| Problem::internal("`Attempt` is for task handlers; a request has none"))
    }
}
