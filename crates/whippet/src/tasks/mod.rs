//! Background tasks: a transactional outbox in the app's database.
//!
//! [`Tasks::enqueue`] creates a query that writes a task to the database. Run this query in the same
//! [`Db::batch`](crate::Db::batch) as the queries that write the task's data. The batch then writes both the data and
//! the task, or neither. After a query has enqueued a task, the host starts to run the task. If the host's wake-up is
//! lost, the periodic [sweep](crate::sweep) runs the task.
//!
//! A task runs at least once, so it may run again after it has succeeded. The extractor [`Attempt`] provides the task's
//! id, which is the same for every attempt. The documentation of [`Tasks`] contains an example program.

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
pub use runner::RunSummary;

use std::convert::Infallible;
use std::sync::Arc;

use crate::scope::Scope;
pub use crate::wake_up::{Budget, WakeUp};
use crate::{
    AssertSqlSafe, Clock, Context, DbError, Problem, Query, Random, RequestId, Sql, Value, query,
};

/// The migration that creates the table `tasks`: copy it into the migrations of a new app.
pub const SCHEMA: &str = concat!(
    include_str!("../../schema/tasks.sql"),
    include_str!("../../schema/tasks_trace.sql")
);

/// The migration that adds the column `trace` to a table `tasks` of an older version. [`SCHEMA`] includes it.
pub const SCHEMA_TRACE: &str = include_str!("../../schema/tasks_trace.sql");

/// The arguments of a task, which are stored as JSON.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the task in its database rows: letters, digits, `_`, `-` and `.`. Do not change the name of a task,
    /// because tasks that an earlier version of the program enqueued may still be pending.
    const NAME: &'static str;
}

/// Enqueues tasks. Handlers and tasks take a `Tasks` as an argument.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::{App, AppError, Db, Json, NoContent, Problem, Task, TaskError, Tasks, query};
/// use whippet::{routing::post, tasks::task};
///
/// #[derive(Deserialize)]
/// struct NewUser { id: String }
///
/// #[derive(Serialize, Deserialize)]
/// struct Welcome { user_id: String }
///
/// impl Task for Welcome {
///     const NAME: &'static str = "welcome";
/// }
///
/// async fn create_user(db: Db, tasks: Tasks, Json(new): Json<NewUser>) -> Result<NoContent, Problem> {
///     let user = query("insert into users (id, welcomed) values (?1, 0)").bind(&new.id);
///     db.batch([user, tasks.enqueue(&Welcome { user_id: new.id })?]).await?;
///     Ok(NoContent)
/// }
///
/// async fn welcome(task: Welcome, db: Db) -> Result<(), TaskError> {
///     query("update users set welcomed = 1 where id = ?1").bind(task.user_id).execute(&db).await?;
///     Ok(())
/// }
///
/// fn app() -> Result<App, AppError> {
///     Ok(App::new()
///         .route("/users", post(create_user))
///         .task(task(welcome).retry("5s 5m 1h".parse()?)))
/// }
/// # whippet::testing::block_on(async {
/// # let app = whippet::testing::TestApp::new(|_| app()).await;
/// # app.sql(whippet::tasks::SCHEMA).await;
/// # app.sql("create table users (id text, welcomed integer)").await;
/// # app.post("/users").json(&serde_json::json!({"id": "u1"})).await.assert_status(204);
/// # assert_eq!(app.run_tasks().await.ran, 1);
/// # assert_eq!(app.row::<i64>("select welcomed from users").await, 1);
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Tasks {
    clock: Clock,
    random: Random,
    /// The scope whose request id and trace the enqueued tasks inherit.
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
    /// Creates a query that enqueues `task`, due immediately.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the arguments cannot be serialized as JSON.
    pub fn enqueue<T: Task>(&self, task: &T) -> Result<Query, DbError> {
        let args = serde_json::to_string(task).map_err(|error| {
            DbError::Decode(format!(
                "the arguments of the task {} cannot be serialized: {error}",
                T::NAME
            ))
        })?;
        let id = RequestId::random(&self.random);
        Ok(self.enqueue_each::<T>(
            "select ?1 as id, ?2 as args",
            [id.as_str().into(), args.into()],
        ))
    }

    /// Creates a query that enqueues one task for each row of `select`, due immediately.
    ///
    /// `select` returns the column `id`, which is unique among all tasks, and the column `args`, which contains a `T`
    /// as JSON. If a task with the same id already exists, no second task is enqueued. `values` are the values of the
    /// parameters `?1`, `?2`, … of `select`.
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

/// The task attempt that is running: an extractor for task handlers.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The task's id, which is the same for every attempt.
    pub task_id: String,
    /// The number of the attempt, counted from 1.
    pub number: u32,
    /// Whether this attempt is the last. If the last attempt fails, the task is not retried.
    pub is_last: bool,
}

impl FromRequestParts<Context> for Attempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let attempt = parts.extensions.get::<Self>().cloned();
        attempt.ok_or_else(|| {
            Problem::internal("`Attempt` is available in task handlers only, not in requests")
        })
    }
}
