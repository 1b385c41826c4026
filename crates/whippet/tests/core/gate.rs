//! A task that hangs on demand.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Notify;
use whippet::tasks::{Attempt, task};
use whippet::{App, Db, Task, TaskError, query};

use crate::support::{app, record};

#[derive(Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) hangs: bool,
}

impl Task for Work {
    const NAME: &'static str = "work";
}

/// A gate at which a hanging task waits. When the task begins to wait, it notifies `reached`. It continues when the
/// test notifies `opened`.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    pub(crate) reached: Arc<Notify>,
    pub(crate) opened: Arc<Notify>,
}

/// Returns an app with the task [`Work`]. If `hangs` is set, the first attempt of the task waits at the gate.
pub(crate) fn with_gate(gate: Gate) -> App {
    app().task(task(move |work: Work, attempt: Attempt, db: Db| {
        let gate = gate.clone();
        async move {
            if work.hangs && attempt.number == 1 {
                gate.reached.notify_one();
                gate.opened.notified().await;
                return Ok(());
            }
            record(&db, &attempt, "ran").await?;
            if work.hangs {
                return Err(TaskError::dead("on purpose"));
            }
            Ok(())
        }
    }))
}

/// Writes a due task to the outbox.
pub(crate) async fn enqueue(db: &Db, id: &str, hangs: bool) {
    let insert = query(
        "insert into tasks (id, name, args, due_at, created_at) values (?1, 'work', ?2, 0, 0)",
    );
    let args = serde_json::to_string(&Work { hangs }).unwrap();
    insert.bind(id).bind(args).execute(db).await.unwrap();
}
