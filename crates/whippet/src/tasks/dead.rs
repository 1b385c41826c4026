//! Dead tasks: listing them, running them again, and deleting them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Tasks;
use super::registry::Registry;
use crate::streak::OncePerMinute;
use crate::{Context, Query, Timestamp, query};

/// The maximum number of dead tasks that one query deletes, so that the query does not lock the database for long.
const STEP: u32 = 500;

/// A task that is not retried any more. Either its last attempt failed, or the process died during each of five
/// attempts in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
#[non_exhaustive]
pub struct DeadTask {
    /// The id of the task.
    pub id: String,
    /// The name of the task, [`Task::NAME`](crate::Task::NAME).
    pub name: String,
    /// The arguments of the task, as JSON.
    pub args: String,
    /// How many times the task was started.
    pub attempts: u32,
    /// The error message of the last attempt.
    pub last_error: Option<String>,
    /// The time at which the task was enqueued.
    pub created_at: Timestamp,
    /// The time at which the task died.
    pub died_at: Timestamp,
}

impl Tasks {
    /// Returns a query for the `limit` tasks that died last before the time `before`. The rows are [`DeadTask`]s, and
    /// the task that died last comes first. If further tasks died in the same millisecond as the last of these rows,
    /// the query returns them too. To continue the list, pass the `died_at` of the last row as `before`.
    ///
    /// ```
    /// use whippet::tasks::DeadTask;
    /// use whippet::{Db, DbError, Tasks, Timestamp};
    ///
    /// async fn redrive_bounced_mails(db: &Db, tasks: &Tasks) -> Result<(), DbError> {
    ///     let dead: Vec<DeadTask> = tasks.dead(Timestamp::MAX, 100).fetch_all(db).await?;
    ///     let mails = dead.iter().filter(|task| task.name == "mail");
    ///     db.batch(mails.map(|task| tasks.redrive(&task.id))).await?;
    ///     Ok(())
    /// }
    /// # drop(redrive_bounced_mails);
    /// ```
    pub fn dead(&self, before: Timestamp, limit: u32) -> Query {
        let dead = "select id, name, args, attempt as attempts, last_error, created_at, due_at as died_at from tasks \
                    where state = 'dead' and due_at < ?1 and due_at >= (select min(due_at) from (select due_at from tasks \
                    where state = 'dead' and due_at < ?1 order by due_at desc limit ?2)) order by due_at desc";
        query(dead).bind(before).bind(limit)
    }

    /// Returns a query that runs the dead task `id` again. The task's retries start from the beginning. The query
    /// changes one row, or no row if no dead task has this id or a pending task has the same unique key.
    pub fn redrive(&self, id: impl Into<String>) -> Query {
        self.redriving("id = ?2").bind(id.into())
    }

    /// Returns a query that runs dead tasks with this name again: the `limit` tasks that died first.
    pub fn redrive_all(&self, name: impl Into<String>, limit: u32) -> Query {
        self.redrive_until(name, limit, Timestamp::MAX)
    }

    /// Like [`redrive_all`](Self::redrive_all), but only for tasks that died no later than `until`.
    pub(crate) fn redrive_until(
        &self,
        name: impl Into<String>,
        limit: u32,
        until: Timestamp,
    ) -> Query {
        let some = "rowid in (select rowid from tasks where state = 'dead' and name = ?2 and due_at <= ?4 \
                    order by due_at limit ?3)";
        self.redriving(some)
            .bind(name.into())
            .bind(limit)
            .bind(until)
    }

    fn redriving(&self, which: &'static str) -> Query {
        // `or ignore` skips a dead task if a pending task has the same unique key.
        let sql = format!(
            "update or ignore tasks set state = 'pending', ready = 1, due_at = ?1, attempt = 0, failures = 0, crashes = 0, \
             progress = null \
             where state = 'dead' and {which}"
        );
        let redrive = query(crate::AssertSqlSafe(sql));
        let now = self.clock.now();
        redrive.bind(now).enqueuing(now)
    }

    /// Returns a query that deletes the dead task `id`.
    pub fn purge(&self, id: impl Into<String>) -> Query {
        query("delete from tasks where id = ?1 and state = 'dead'").bind(id.into())
    }

    /// Returns a query that deletes up to 500 tasks that died before `time`. To delete all such tasks, run the query
    /// until it changes no row.
    pub fn purge_before(&self, time: Timestamp) -> Query {
        purge_before(time)
    }
}

fn purge_before(time: Timestamp) -> Query {
    let some = "delete from tasks where rowid in \
                (select rowid from tasks where state = 'dead' and due_at < ?1 order by due_at limit ?2)";
    query(some).bind(time).bind(STEP)
}

/// How long dead tasks are kept.
#[derive(Default)]
pub(super) struct Retention {
    pub(super) time: Option<Duration>,
    deletions: OncePerMinute,
}

impl Registry {
    /// Deletes up to [`STEP`] dead tasks whose retention time is over. Does nothing if the last deletion was less than
    /// a minute ago.
    pub(super) async fn delete_old(&self, context: &Context) {
        let Some(time) = self.retention.time else {
            return;
        };
        let now = context.clock().now();
        if !self.retention.deletions.is_due(now) {
            return;
        }
        if let Err(error) = purge_before(now - time).execute(&context.db()).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old dead tasks were not deleted"
            );
        }
    }
}
