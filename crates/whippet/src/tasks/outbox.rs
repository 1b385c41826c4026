//! Writes tasks to the outbox.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Enqueue, EnqueueEach, Task};
use crate::scope::Scope;
use crate::{
    AssertSqlSafe, Clock, Context, Db, DbError, Query, Random, RequestId, Timestamp, Value, query,
};

/// The `on conflict` clauses of the insertion of a task. If the existing task with the same id or unique key is
/// pending, the new task is not inserted. If the task with the same id is dead, the new task replaces it.
pub(super) const REPLACE_DEAD: &str = "on conflict (id) do update set name = excluded.name, args = excluded.args, \
     state = 'pending', attempt = 0, failures = 0, crashes = 0, due_at = excluded.due_at, ready = excluded.ready, \
     last_error = null, progress = null, created_at = excluded.created_at, request_id = excluded.request_id, \
     trace = excluded.trace, concurrency_key = excluded.concurrency_key, unique_key = excluded.unique_key, \
     group_id = excluded.group_id, follows = excluded.follows, members = excluded.members, members_done = 0 \
     where tasks.state = 'dead' and not exists (select 1 from tasks other \
     where other.state = 'pending' and other.unique_key = excluded.unique_key) \
     on conflict (unique_key) where state = 'pending' and unique_key is not null do nothing";

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
///     db.batch([user, tasks.enqueue(&Welcome { user_id: new.id }).into()]).await?;
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
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) random: Random,
    /// The scope of the request or task attempt. The enqueued tasks inherit the request id and the trace of this scope.
    scope: Option<Arc<Scope>>,
}

impl FromRequestParts<Context> for Tasks {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Infallible> {
        Ok(Self {
            db: context.db(),
            clock: context.clock(),
            random: context.random(),
            scope: context.scope().cloned(),
        })
    }
}

impl Tasks {
    /// Prepares a query that enqueues `task`. By default, the task is due immediately. Pass the query to
    /// [`Db::batch`](crate::Db::batch), together with the queries that write the related data.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use std::time::Duration;
    /// use whippet::{Db, DbError, Task, Tasks, query};
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Remind { cart: String }
    /// # impl Task for Remind { const NAME: &'static str = "remind"; }
    ///
    /// async fn abandon(db: &Db, tasks: &Tasks, cart: String) -> Result<(), DbError> {
    ///     let mark = query("update carts set abandoned = 1 where id = ?1").bind(&cart);
    ///     let key = format!("remind:{cart}");
    ///     let remind = tasks.enqueue(&Remind { cart }).key(key).after(Duration::from_secs(3600));
    ///     db.batch([mark, remind.into()]).await?;
    ///     Ok(())
    /// }
    /// # drop(abandon);
    /// ```
    ///
    /// If the arguments cannot be serialized as JSON, the query fails with [`DbError::Decode`].
    pub fn enqueue<T: Task>(&self, task: &T) -> Enqueue<'_> {
        let args = serde_json::to_string(task).map_err(|error| {
            DbError::Decode(format!(
                "the arguments of the task {} cannot be serialized: {error}",
                T::NAME
            ))
        });
        Enqueue::new(self, T::NAME, args)
    }

    /// Runs a query that enqueues `task`. The task is due immediately. Returns the id of the task.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the arguments cannot be serialized as JSON. Also returns the errors of the
    /// database.
    pub async fn send<T: Task>(&self, task: &T) -> Result<String, DbError> {
        let id = RequestId::random(&self.random).as_str().to_owned();
        self.enqueue(task).with_id(&id).send().await?;
        Ok(id)
    }

    /// Prepares a query that enqueues one task for each row that `select` returns. By default, the tasks are due
    /// immediately.
    ///
    /// `select` is a query such as `query!("select … as id, … as args from …")`. Its column `id` becomes the id of the
    /// task, which must be unique among all tasks of the app. Its column `args` contains a `T` as JSON. If a pending
    /// task has the same id, the row is skipped.
    pub fn enqueue_each<T: Task>(&self, select: impl Into<Query>) -> EnqueueEach<'_, T> {
        EnqueueEach::new(self, select.into())
    }

    /// Returns a query that cancels the pending task `id`. The query changes one row, or no row if no pending task has
    /// this id. If the task was the last pending task of a [group](Self::group), the query changes two rows.
    ///
    /// If the task is already running, the attempt is not interrupted. But its outcome is discarded, and the task is
    /// not retried: see [`Attempt::is_current`](super::Attempt::is_current).
    pub fn cancel(&self, id: impl Into<String>) -> Query {
        let cancel = query("delete from tasks where id = ?1 and state = 'pending'");
        // The cancellation may end a group, so that the task that follows the group can run now.
        cancel.bind(id.into()).enqueuing(self.clock.now())
    }

    /// Returns a query that inserts a task for each row that `select` returns. `select` must return the columns `id`,
    /// `args`, `concurrency_key` and `unique_key`.
    pub(super) fn insert(
        &self,
        name: &str,
        select: &str,
        mut values: Vec<Value>,
        due: Option<Timestamp>,
    ) -> Query {
        let first = values.len() + 1;
        let parameter = |at: usize| format!("?{}", first + at);
        let [task, now, at, ready, request, trace] = [0, 1, 2, 3, 4, 5].map(parameter);
        let sql = format!(
            "insert into tasks (id, name, args, due_at, ready, created_at, request_id, trace, concurrency_key, unique_key) \
             select id, {task}, args, {at}, {ready}, {now}, {request}, {trace}, concurrency_key, unique_key \
             from ({select}) where true {REPLACE_DEAD}"
        );
        let current = self.clock.now();
        let due = due.unwrap_or(current);
        let [request, trace] = self.origin();
        let is_due = (due <= current).into();
        values.extend([
            name.into(),
            current.into(),
            due.into(),
            is_due,
            request,
            trace,
        ]);
        let insert = query(AssertSqlSafe(sql));
        values.into_iter().fold(insert, Query::bind).enqueuing(due)
    }
    /// Returns the request id and the trace that enqueued tasks inherit.
    pub(super) fn origin(&self) -> [Value; 2] {
        let scope = self.scope.as_ref();
        let request = scope.map_or("", |scope| scope.request_id.as_str());
        let trace = scope.map_or_else(String::new, |scope| scope.trace.to_text());
        [request.into(), trace.into()]
    }
}
