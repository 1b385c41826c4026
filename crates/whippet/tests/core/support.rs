//! An app that has the outbox and a table to which task handlers write.

use whippet::host::Budget;
use whippet::tasks::{Attempt, SCHEMA};
use whippet::{App, Db, DbError, Migration, Migrations, query};

/// Creates the outbox, and the table `ran`, which records attempts.
pub(crate) const MIGRATIONS: Migrations = Migrations::new(&[
    Migration {
        name: "0001_tasks.sql",
        sql: SCHEMA,
    },
    Migration {
        name: "0002_ran.sql",
        sql: "create table ran (task_id text not null, attempt integer not null, note text not null)",
    },
]);

/// Returns a budget without a time limit.
pub(crate) fn budget(max_concurrent: u32, attempts: u32) -> Budget {
    Budget {
        max_concurrent,
        attempts,
        time: std::time::Duration::MAX,
        isolates_crashed: false,
    }
}

/// Returns an app with [`MIGRATIONS`].
pub(crate) fn app() -> App {
    App::new().migrations(MIGRATIONS)
}

/// Records an attempt in the table `ran`.
pub(crate) async fn record(db: &Db, attempt: &Attempt, note: &str) -> Result<(), DbError> {
    let insert = query("insert into ran values (?1, ?2, ?3)").bind(&attempt.task_id);
    insert.bind(attempt.number).bind(note).execute(db).await?;
    Ok(())
}

/// Returns the number and the note of each attempt in the table `ran`, in the order in which the attempts were
/// recorded.
pub(crate) async fn ran(db: &Db) -> Vec<(u32, String)> {
    let ran = query("select attempt, note from ran order by rowid");
    ran.fetch_all(db).await.unwrap()
}

/// Returns three values for each task in the outbox: its state, the number of started attempts, and the last error.
pub(crate) async fn outbox(db: &Db) -> Vec<(String, u32, Option<String>)> {
    let tasks = query("select state, attempt, last_error from tasks order by id");
    tasks.fetch_all(db).await.unwrap()
}
