//! Reminders, which are tasks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::problem::types::NOT_FOUND;
use whippet::tasks::Done;
use whippet::{
    Clock, Db, Json, NoContent, Path, Problem, TaskError, Tasks, Timestamp, put, query, task,
};

use crate::notes;
use crate::tokens::Caller;

/// The body of a request that sets or cancels a reminder.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Reminder {
    /// The time; `null` cancels the reminder.
    at: Option<Timestamp>,
}

/// Set the reminder of a note, or cancel it.
///
/// The feed has the event `reminded` at the time of the reminder.
#[put("/{id}/reminder", scopes("notes:write"), errors(NOT_FOUND))]
pub(crate) async fn set_reminder(
    caller: Caller,
    db: Db,
    clock: Clock,
    tasks: Tasks,
    Path(id): Path<u32>,
    Json(reminder): Json<Reminder>,
) -> Result<NoContent, Problem> {
    notes::version(&db, &caller, id).await?;
    let at = reminder.at;
    let set = query!(
        "update notes set remind_at = :at, version = version + 1, changed_at = :now where id = :id",
        now = clock.now(),
    );
    let cancel = tasks.cancel(task_id(id));
    let remind = at.map(|at| {
        tasks
            .enqueue(&Remind { note: id })
            .with_id(task_id(id))
            .at(at)
            .into()
    });
    let results = db.batch([set, cancel].into_iter().chain(remind)).await?;
    match results.changes(0)? {
        // Another request has just deleted the note. The reminder of a deleted note does nothing.
        0 => Err(notes::missing(id)),
        _ => Ok(NoContent),
    }
}

/// The task that writes the event `reminded` for a note.
#[derive(Serialize, Deserialize)]
pub(crate) struct Remind {
    note: u32,
}

#[task(retry = "10s 1m 10m")]
pub(crate) async fn remind(task: Remind) -> Result<Done, TaskError> {
    let remind = query!(
        "insert into changes (account_id, note_id, kind) select account_id, id, 'reminded' from notes where id = :note",
        note = task.note,
    );
    Ok(Done::with([remind]))
}

/// Returns the id of the reminder task for a note.
pub(crate) fn task_id(note: u32) -> String {
    format!("remind-{note}")
}
