//! Pauses and resumes queues.

use serde::{Deserialize, Serialize};

use super::Tasks;
use super::registry::Registry;
use crate::{Query, Timestamp, query};

/// A queue that is paused, so that its tasks do not start.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub(super) struct PausedQueue {
    queue: String,
    paused_at: Timestamp,
}

/// Returns a query that selects the paused queues. The rows are [`PausedQueue`]s.
pub(super) fn paused_queues() -> Query {
    query("select queue, paused_at from task_pauses order by queue")
}

impl Tasks {
    /// Returns a query that pauses a queue: no process starts tasks of this queue until the queue is
    /// [resumed](Self::resume). Attempts that have already started go on. Tasks can still be enqueued. The query
    /// changes no row if the queue is paused already.
    ///
    /// ```
    /// use whippet::{Db, DbError, Tasks};
    ///
    /// async fn start_maintenance(db: &Db, tasks: &Tasks) -> Result<(), DbError> {
    ///     tasks.pause("mail").execute(db).await?;
    ///     Ok(())
    /// }
    /// # drop(start_maintenance);
    /// ```
    pub fn pause(&self, queue: impl Into<String>) -> Query {
        let pause = "insert into task_pauses (queue, paused_at) values (?1, ?2) on conflict (queue) do nothing";
        query(pause).bind(queue.into()).bind(self.clock.now())
    }

    /// Returns a query that resumes a paused queue, so that its tasks can start again. The query changes no row if the
    /// queue is not paused.
    pub fn resume(&self, queue: impl Into<String>) -> Query {
        let resume = query("delete from task_pauses where queue = ?1").bind(queue.into());
        resume.enqueuing(self.clock.now())
    }
}

impl Registry {
    /// Returns whether this program has a kind of task that belongs to the queue.
    pub(crate) fn has_queue(&self, queue: &str) -> bool {
        self.tasks.values().any(|task| task.queue == queue)
    }
}
