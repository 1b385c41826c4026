//! Claims due tasks, and finds the time at which the next task is due.

use serde::Deserialize;

use super::registry::{Places, Registry};
use crate::{Context, DbError, RequestId, Timestamp, query};

/// Marks up to `?3` due tasks as ready.
const PROMOTE: &str = include_str!("sql/promote.sql");

/// Claims crashed tasks: their lease expired before an outcome was recorded. A task that has crashed more than once
/// runs only when no other such task is running. Otherwise, a task that always ends its process would crash the others
/// each time.
const CLAIM_CRASHED: &str = include_str!("sql/claim_crashed.sql");

/// Claims ready tasks. For each kind of task, `walk` visits the concurrency keys that have ready tasks. It starts at
/// the key `after`. After the last key, it goes on with the first key. `walk` stops as soon as it has found enough keys
/// with free places, so its cost does not depend on the number of waiting tasks. `depth` limits how many tasks of one
/// key are read, because every key of the same kind must get at least one place. `chosen` divides the places among the
/// kinds by priority. Within a kind, `chosen` takes the first task of each key, then the second task of each key, and
/// so on.
const CLAIM_READY: &str = include_str!("sql/claim_ready.sql");

/// Returns the time at which the next task can be claimed.
const NEXT_DUE: &str = include_str!("sql/next_due.sql");

/// The maximum number of due tasks that one claim marks as ready.
const PROMOTED: u32 = 1000;

/// A claimed task: a row of the table `tasks`.
#[derive(Debug, Deserialize)]
pub(super) struct ClaimedTask {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) args: String,
    /// The number of the attempt that the claim starts.
    pub(super) attempt: u32,
    pub(super) failures: u32,
    pub(super) crashes: u32,
    pub(super) request_id: String,
    pub(super) trace: String,
    pub(super) concurrency_key: String,
    /// The group to which the task belongs.
    pub(super) group_id: Option<String>,
}

/// The result of a claim.
pub(super) struct Claim {
    pub(super) tasks: Vec<ClaimedTask>,
    /// The id of the lease, which all tasks of the claim share.
    pub(super) lease: RequestId,
    /// The time at which the lease started.
    pub(super) at: Timestamp,
    /// True if more tasks may be due, because the claim found as many tasks as requested, or did not look at every
    /// task.
    pub(super) may_have_more: bool,
}

/// How a claim treats crashed tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Crashed {
    /// The claim takes crashed tasks together with other tasks.
    Beside,
    /// If there is a crashed task, the claim takes only this one task.
    Alone,
    Never,
}

impl Registry {
    /// Enqueues a task for each tick that is due. Then claims up to `limit` due tasks: the row of each task gets the id
    /// and the end of a lease.
    pub(super) async fn claim(
        &self,
        context: &Context,
        places: &Places<'_>,
        limit: u32,
        crashed: Crashed,
    ) -> Result<Claim, DbError> {
        if let Some(ticker) = &self.ticker {
            ticker.tick(context).await;
        }
        let lease = RequestId::random(&context.random());
        let now = context.clock().now();
        let kinds = self.kinds(places, || context.random().fraction());
        let promote = query(PROMOTE).bind(&kinds).bind(now).bind(PROMOTED);
        let claim_crashed = query(CLAIM_CRASHED)
            .bind(&kinds)
            .bind(now)
            .bind(lease.as_str())
            .bind(match crashed {
                Crashed::Beside => limit,
                Crashed::Alone => 1,
                Crashed::Never => 0,
            });
        let claim_ready = query(CLAIM_READY)
            .bind(&kinds)
            .bind(now)
            .bind(lease.as_str())
            .bind(limit)
            .bind(crashed == Crashed::Alone);
        let results = context
            .db()
            .batch([promote, claim_crashed, claim_ready])
            .await?;
        let mut tasks: Vec<ClaimedTask> = results.rows(1)?;
        let has_crashed = !tasks.is_empty();
        let ready: Vec<ClaimedTask> = results.rows(2)?;
        let is_full = tasks.len() + ready.len() >= limit as usize;
        if is_full {
            let keys = ready.iter();
            self.continue_after(keys.map(|task| (&*task.name, &*task.concurrency_key)));
        }
        let may_have_more = is_full
            || (has_crashed && crashed == Crashed::Alone)
            || results.changes(0)? >= PROMOTED.into();
        tasks.extend(ready);
        Ok(Claim {
            tasks,
            lease,
            at: now,
            may_have_more,
        })
    }

    /// Returns the time at which the next task can be claimed. If the time is in the past, a task can be claimed now.
    /// Ignores tasks with an unknown name, tasks of paused queues, and tasks whose concurrency key has no free place.
    ///
    /// The same round trip writes the counts of the attempts that have ended.
    pub(super) async fn next_due(
        &self,
        context: &Context,
        max_concurrent: u32,
    ) -> Result<Option<Timestamp>, DbError> {
        let (sql, kinds) = self.next_due_query(max_concurrent);
        let (db, next_due) = (context.db(), query(sql).bind(kinds));
        if let Some(counts) = &self.counts {
            let mut queries = counts.take(context.clock().now());
            if !queries.is_empty() {
                queries.push(next_due.clone());
                let number = queries.len() - 1;
                return match db.batch(queries).await {
                    Ok(results) => {
                        counts.written(Ok(()));
                        Ok(results.rows(number)?.pop().flatten())
                    }
                    Err(error) => {
                        let due = next_due.fetch_one(&db).await?;
                        // The other query succeeds, so the counts are the reason.
                        counts.written(Err(&error));
                        Ok(due)
                    }
                };
            }
        }
        next_due.fetch_one(&db).await
    }

    /// Returns the SQL of [`next_due`](Self::next_due), and the value of the parameter in this SQL.
    pub(crate) fn next_due_query(&self, max_concurrent: u32) -> (&'static str, String) {
        let places = Places {
            max_concurrent,
            running: &Default::default(),
        };
        (NEXT_DUE, self.kinds(&places, || 0.0))
    }
}
