//! Removes expired idempotency keys.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::tasks::Attempt;
use whippet::{Clock, Db, Query, Task, TaskError, Tasks, query, query_scalar};

use super::LIFETIME;

/// How many steps one attempt of the task takes. Each step has two queries.
const STEPS: usize = 4;

/// The pause between two attempts of one walk through the table. Like removing an application, it uses few of the
/// queries that D1 allows in a run of due tasks.
const PAUSE: Duration = Duration::from_secs(20);

/// The pause between two walks through the table.
const INTERVAL: Duration = Duration::from_secs(3600);

/// The task that removes expired idempotency keys. The first request with a key enqueues it, and it never ends. It walks
/// through the table in the order of the keys, because an index for expired keys would cost one more row for each request.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ExpireKeys {
    /// The walk continues after this key.
    after: String,
}

impl Task for ExpireKeys {
    const NAME: &'static str = "expire_idempotency_keys";
}

impl ExpireKeys {
    /// Returns the query that enqueues the task, unless the task is already pending.
    pub(super) fn enqueue(tasks: &Tasks) -> Query {
        let task = tasks.enqueue(&Self::default());
        task.with_id(Self::NAME).after(LIFETIME).into()
    }
}

/// Removes expired keys until the end of the table, or until the attempt has taken all of its steps.
pub(crate) async fn expire_keys(
    task: ExpireKeys,
    attempt: Attempt,
    db: Db,
    clock: Clock,
) -> Result<(), TaskError> {
    let now = clock.now();
    let mut after = task.after;
    for _ in 0..STEPS {
        let (last, reader) = query_scalar!(
            "select max(key) from (select key from request_keys where key > :after order by key limit 1000)"
        )
        .into_parts();
        let delete = query!(
            "delete from request_keys where expires_at <= :now and key in \
             (select key from request_keys where key > :after order by key limit 1000)"
        );
        let mut results = db.batch([last, delete]).await?;
        match results.read(0, reader)?.pop().flatten() {
            Some(last) => after = last,
            None => return Err(TaskError::snooze(INTERVAL).with([continue_after("", &attempt)])),
        }
    }
    Err(TaskError::snooze(PAUSE).with([continue_after(&after, &attempt)]))
}

/// Returns the query that records after which key the next attempt continues. The retry schedule starts again.
fn continue_after(after: &str, attempt: &Attempt) -> Query {
    query!(
        "update tasks set args = json_object('after', :after), failures = 0 where id = :id",
        id = attempt.task_id,
    )
}
