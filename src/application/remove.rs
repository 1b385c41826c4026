//! Deleting applications.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::tasks::Attempt;
use whippet::{Db, NoContent, Problem, Query, Task, TaskError, delete, query};

use super::Application;
use crate::writer::Writer;

/// How many steps one attempt of the task takes.
const STEPS: usize = 2;

/// The pause between two attempts. A run of due tasks on Workers lasts up to two minutes, and may run 1,000 queries on
/// D1. With this pause, the steps, which have five queries each, use few of them.
const PAUSE: Duration = Duration::from_secs(20);

/// Delete an application with its endpoints, messages and attempts.
///
/// The pending deliveries of the application are canceled.
#[delete("/api/v1/app/{app_id}", tag = "Application")]
pub(crate) async fn delete_application(
    application: Application,
    writer: Writer,
) -> Result<NoContent, Problem> {
    mark_deleted(&application.id, &writer).await?;
    Ok(NoContent)
}

/// Hides an application from all operations and deliveries, and enqueues the task that removes its rows. Another
/// application can have its `uid` at once.
pub(crate) async fn mark_deleted(
    id: &str,
    Writer {
        db, clock, tasks, ..
    }: &Writer,
) -> Result<(), Problem> {
    let mark = query!(
        "update applications set deleted_at = :now, uid = null where id = :id and deleted_at is null",
        now = clock.now(),
    );
    // Also enqueues the task for other deleted applications, in case it died or was lost.
    let deleted = query!(
        "select id, json_object('app_id', id) as args from applications where deleted_at is not null"
    );
    let remove = tasks.enqueue_each::<RemoveApplication>(deleted);
    db.batch([mark, remove.into()]).await?;
    Ok(())
}

/// The task that removes the rows of a deleted application.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RemoveApplication {
    app_id: String,
}

impl Task for RemoveApplication {
    const NAME: &'static str = "remove_application";
}

/// Removes the rows of the application in steps, and its pending and dead deliveries. D1 limits how long a statement may
/// take. If the steps of an attempt are not enough, another attempt follows.
pub(crate) async fn remove(
    task: RemoveApplication,
    attempt: Attempt,
    db: Db,
) -> Result<(), TaskError> {
    for _ in 0..STEPS {
        let step = step(&task.app_id);
        let last = step.len() - 1;
        let results = db.batch(step).await?;
        let mut is_finished = true;
        for number in 0..last {
            is_finished &= results.changes(number)? == 0;
        }
        if is_finished || results.changes(last)? > 0 {
            return Ok(());
        }
    }
    // The retry schedule starts again, because the attempt has removed rows.
    let reset = query!(
        "update tasks set failures = 0 where id = :id",
        id = attempt.task_id,
    );
    Err(TaskError::snooze(PAUSE).with([reset]))
}

/// Returns the queries of one step. The last query removes the application, once all of its other rows are removed.
fn step(id: &str) -> [Query; 5] {
    [
        query!(
            "delete from endpoints where rowid in (select rowid from endpoints where app_id = :id limit 1000)"
        ),
        // The id of a delivery is the id of its message, a dot, and the id of its endpoint. A slash follows the dot in ASCII.
        query!(
            "delete from tasks where rowid in (select t.rowid from \
             (select id from messages where app_id = :id order by rowid limit 250) m \
             join tasks t on t.id > m.id || '.' and t.id < m.id || '/' limit 1000)"
        ),
        query!(
            "delete from attempts where seq in (select a.seq from \
             (select id from messages where app_id = :id order by rowid limit 250) m \
             join attempts a on a.message_id = m.id limit 1000)"
        ),
        query!(
            "delete from messages where rowid in (select m.position from \
             (select rowid as position, id from messages where app_id = :id order by rowid limit 250) m \
             where not exists (select 1 from attempts a where a.message_id = m.id) \
             and not exists (select 1 from tasks t where t.id > m.id || '.' and t.id < m.id || '/'))"
        ),
        query!(
            "delete from applications where id = :id and deleted_at is not null \
             and not exists (select 1 from endpoints where app_id = :id) \
             and not exists (select 1 from messages where app_id = :id)"
        ),
    ]
}
