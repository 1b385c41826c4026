//! Groups of tasks. When all tasks of a group have ended, another task follows.

mod members;

use serde::Serialize;

use super::{Enqueue, Tasks};
use crate::{AssertSqlSafe, DbError, Query, RequestId, Timestamp, query};

pub use members::Members;
pub(super) use members::count_end;

/// The maximum number of tasks in a group.
const MAX_MEMBERS: usize = 1000;

/// A group of tasks that is about to be enqueued: see [`Tasks::group`].
#[derive(Debug)]
#[must_use = "the tasks are not enqueued until the queries of `then` run"]
pub struct Group<'t> {
    tasks: &'t Tasks,
    members: Vec<Enqueue<'t>>,
}

/// A task of a group, or the task that follows the group. One query enqueues all members from a JSON array of this
/// type.
#[derive(Serialize)]
struct Member {
    id: String,
    name: &'static str,
    args: String,
    unique_key: Option<String>,
    concurrency_key: String,
    due: i64,
}

impl Tasks {
    /// Prepares a group of up to 1000 tasks. [`Group::then`] sets the task that follows the group, and returns two
    /// queries. The first query enqueues the group, and the second enqueues the task that follows. When all tasks of
    /// the group have ended, the triggers in [`SCHEMA_GROUPS`](super::SCHEMA_GROUPS) let this task run.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use whippet::tasks::{Members, SCHEMA_GROUPS};
    /// use whippet::{App, Db, Json, NoContent, Problem, TaskError, Tasks, post, query, routes, task, tasks};
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Resize { photo: String }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Publish { album: String }
    ///
    /// #[task(retry = "5s 1m")]
    /// async fn resize(_: Resize) -> Result<(), TaskError> {
    ///     Ok(())
    /// }
    ///
    /// #[task]
    /// async fn publish(task: Publish, members: Members, db: Db) -> Result<(), TaskError> {
    ///     members.require_done()?;
    ///     query("update albums set public = 1 where name = ?1").bind(task.album).execute(&db).await?;
    ///     Ok(())
    /// }
    ///
    /// #[post("/albums/{album}")]
    /// async fn create_album(
    ///     db: Db,
    ///     tasks: Tasks,
    ///     album: whippet::Path<String>,
    ///     Json(photos): Json<Vec<String>>,
    /// ) -> Result<NoContent, Problem> {
    ///     let album = album.0;
    ///     let insert = query("insert into albums (name, public) values (?1, 0)").bind(&album);
    ///     let resize = photos.into_iter().map(|photo| tasks.enqueue(&Resize { photo }));
    ///     let group = tasks.group(resize).then(tasks.enqueue(&Publish { album }));
    ///     db.batch([insert].into_iter().chain(group)).await?;
    ///     Ok(NoContent)
    /// }
    ///
    /// fn app() -> App {
    ///     App::new().tasks(tasks![resize, publish]).routes(routes![create_album])
    /// }
    /// # whippet::testing::block_on(async {
    /// # let app = whippet::testing::TestApp::new(|_| Ok(app())).await;
    /// # app.sql(whippet::tasks::SCHEMA).await;
    /// # app.sql(SCHEMA_GROUPS).await;
    /// # app.sql("create table albums (name text, public integer)").await;
    /// # app.post("/albums/a").json(&["p", "q"]).await.assert_status(204);
    /// # assert_eq!(app.run_tasks().await.ran, 3);
    /// # assert_eq!(app.row::<i64>("select public from albums").await, 1);
    /// # });
    /// ```
    pub fn group<'t>(&'t self, members: impl IntoIterator<Item = Enqueue<'t>>) -> Group<'t> {
        Group {
            tasks: self,
            members: members.into_iter().collect(),
        }
    }
}

impl Group<'_> {
    /// Sets the task that follows the group. `follower` starts when every task of the group has ended, but not before
    /// `follower` itself is due. A task has ended if it has succeeded, is dead, or was canceled. If the group is empty,
    /// `follower` starts as soon as it is due. The handler of `follower` can take an argument [`Members`], which
    /// contains the number of tasks that have succeeded. Like every other task, `follower` can be retried, be
    /// [canceled](Tasks::cancel) and become dead.
    ///
    /// A task of the group is not enqueued if a pending task already has the same id or key. The group then does not
    /// contain the task. If a pending task already has the same id or key as `follower`, neither `follower` nor any
    /// task of the group is enqueued.
    ///
    /// Pass the queries to [`Db::batch`](crate::Db::batch), together with the queries that write the related data. The
    /// queries fail with these errors:
    ///
    /// - [`DbError::Decode`]: the arguments of a task cannot be serialized as JSON.
    /// - [`DbError::Limit`]: the group has more than 1000 tasks, or all arguments together have more than 2,000,000
    ///   bytes.
    /// - [`DbError::Database`]: a task of the group has the same id or key as `follower`.
    pub fn then(self, follower: Enqueue<'_>) -> [Query; 2] {
        let now = self.tasks.clock.now();
        let count = self.members.len();
        if count > MAX_MEMBERS {
            let error = DbError::Limit(format!(
                "a group of {count} tasks is too large: the limit is {MAX_MEMBERS} tasks"
            ));
            return failing(error);
        }
        let members = self.members.into_iter().map(|task| member(task, now));
        let members: Result<Vec<_>, _> = members.collect();
        match (members, member(follower, now)) {
            (Ok(members), Ok(follower)) => match shared(&members, &follower) {
                Some(error) => failing(error),
                None => self.tasks.grouped(now, &members, follower),
            },
            (Err(error), _) | (_, Err(error)) => failing(error),
        }
    }
}

/// Returns an error if a member has the same id or key as the follower. The members are enqueued first, so the follower
/// would not be enqueued.
fn shared(members: &[Member], follower: &Member) -> Option<DbError> {
    let key = follower.unique_key.as_ref();
    let (what, value) = if members.iter().any(|member| member.id == follower.id) {
        ("id", &follower.id)
    } else {
        let key = key.filter(|key| members.iter().any(|m| m.unique_key.as_ref() == Some(key)))?;
        ("key", key)
    };
    Some(DbError::Database(format!(
        "the task {} follows a group, but has the same {what} {value:?} as a task in the group: change the {what} of the task that follows the group",
        follower.name
    )))
}

impl Tasks {
    fn grouped(&self, now: Timestamp, members: &[Member], follower: Member) -> [Query; 2] {
        let group = RequestId::random(&self.random).as_str().to_owned();
        let first_due = members.iter().map(|member| member.due).min();
        let [request, trace] = self.origin();
        let enqueue_members = insert(
            "group_id",
            "select value ->> 'id', value ->> 'name', value ->> 'args', value ->> 'due', value ->> 'due' <= ?1, ?1, ?2, \
             ?3, value ->> 'concurrency_key', value ->> 'unique_key', ?4 from json_each(?5) \
             where not exists (select 1 from tasks where id = ?6 and state = 'pending') \
             and not exists (select 1 from tasks where unique_key = ?7 and state = 'pending')",
        )
        .bind(now)
        .bind(request.clone())
        .bind(trace.clone())
        .bind(&group)
        .bind_json(members)
        .bind(&follower.id)
        .bind(follower.unique_key.clone())
        .enqueuing(first_due.map_or(now, Timestamp::from_millis));
        // If the migration `SCHEMA_GROUPS` was not applied, this index does not exist, and `indexed by` makes the query
        // fail.
        let enqueue_follower = insert(
            "follows, members",
            "select ?5, ?6, ?7, ?8, iif(members > 0, 2, ?8 <= ?1), ?1, ?2, ?3, ?9, ?10, ?4, members from \
             (select count(*) as members from tasks indexed by tasks_members where group_id = ?4 and state = 'pending') \
             where true",
        )
        .bind(now)
        .bind(request)
        .bind(trace)
        .bind(group)
        .bind(follower.id)
        .bind(follower.name)
        .bind(follower.args)
        .bind(follower.due)
        .bind(follower.concurrency_key)
        .bind(follower.unique_key)
        .enqueuing(Timestamp::from_millis(follower.due));
        [enqueue_members, enqueue_follower]
    }
}

fn member(task: Enqueue<'_>, now: Timestamp) -> Result<Member, DbError> {
    let random = &task.tasks.random;
    let id = task.id;
    Ok(Member {
        id: id.unwrap_or_else(|| RequestId::random(random).as_str().to_owned()),
        name: task.name,
        args: task.args?,
        unique_key: task.unique_key,
        concurrency_key: task.concurrency_key,
        due: task.due.unwrap_or(now).as_millis(),
    })
}

/// Returns a query that inserts the rows that `select` returns. The first ten columns of a row are fixed, and `columns`
/// contains the names of the others.
fn insert(columns: &str, select: &str) -> Query {
    query(AssertSqlSafe(format!(
        "insert into tasks (id, name, args, due_at, ready, created_at, request_id, trace, concurrency_key, unique_key, \
         {columns}) {select} {}",
        super::outbox::REPLACE_DEAD
    )))
}

fn failing(error: DbError) -> [Query; 2] {
    [Query::failing(error), query("select 1")]
}
