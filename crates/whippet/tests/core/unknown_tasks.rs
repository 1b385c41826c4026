//! Tasks that this program does not know or whose arguments it cannot read. A rolling deploy can cause such tasks.

use serde::{Deserialize, Serialize};
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{App, Db, Task, TaskError, query};

use crate::gate::{Gate, enqueue, with_gate};
use crate::support::{app, outbox, ran, record};

/// A task that only the new version of the program knows.
#[derive(Serialize, Deserialize)]
struct Report {
    year: u32,
}

impl Task for Report {
    const NAME: &'static str = "report";
}

async fn report(task: Report, attempt: Attempt, db: Db) -> Result<(), TaskError> {
    Ok(record(&db, &attempt, &task.year.to_string()).await?)
}

fn with_report() -> App {
    app().task(task(report).retry("1s".parse().unwrap()))
}

async fn insert(db: &Db, id: &str, name: &str, args: &str) {
    let insert =
        query("insert into tasks (id, name, args, due_at, created_at) values (?1, ?2, ?3, 0, 0)");
    let insert = insert.bind(id).bind(name).bind(args);
    insert.execute(db).await.unwrap();
}

#[whippet::test]
async fn a_task_with_an_unknown_name_stays_pending_for_a_program_that_knows_it() {
    let old = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let db = old.context().db();
    insert(&db, "r", "report", r#"{"year": 2026}"#).await;
    enqueue(&db, "w", false).await;
    assert_eq!(old.run_tasks().await.ran, 1);
    assert_eq!(outbox(&db).await, [("pending".to_owned(), 0, None)]);

    let new = TestApp::builder().sharing_database_with(&old);
    let new = new.start(|_| Ok(with_report())).await;
    assert_eq!(new.run_tasks().await.ran, 1);
    let notes: Vec<_> = ran(&db).await.into_iter().map(|(_, note)| note).collect();
    assert_eq!(notes, ["ran", "2026"]);
}

#[whippet::test]
async fn a_task_with_an_unknown_name_is_never_due() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    insert(&app.context().db(), "r", "report", "{}").await;
    let summary = app.run_tasks().await;
    assert_eq!((summary.ran, summary.next_due), (0, None));
}

#[whippet::test]
async fn an_app_without_tasks_claims_nothing() {
    let app = TestApp::new(|_| Ok(app())).await;
    insert(&app.context().db(), "r", "report", "{}").await;
    let before = app.statements().len();
    let summary = app.run_tasks().await;
    assert_eq!((summary.ran, summary.next_due), (0, None));
    assert_eq!(app.statements().len(), before);
}

#[whippet::test]
async fn unknown_names_are_logged_once_until_they_are_gone() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let db = app.context().db();
    for id in ["a", "b"] {
        insert(&db, id, "report", "{}").await;
    }
    insert(&db, "c", "other", "{}").await;
    for delete in ["", "", "delete from tasks", "", "insert"] {
        match delete {
            "insert" => insert(&db, "d", "report", "{}").await,
            sql => app.sql(sql).await,
        }
        app.run_tasks().await;
        app.jump("61s");
    }
    let logs = app.logs();
    let lines = logs.iter().filter(|line| {
        let message = line["message"].as_str();
        message.is_some_and(|message| message.contains("name"))
    });
    let lines: Vec<_> = lines
        .map(|line| {
            (
                line["level"].clone(),
                line["names"].clone(),
                line["count"].clone(),
            )
        })
        .collect();
    let expected = serde_json::json!([
        ["warn", "other, report", 3],
        ["info", null, null],
        ["warn", "report", 1]
    ]);
    assert_eq!(serde_json::json!(lines), expected);
}

#[whippet::test]
async fn a_task_whose_arguments_cannot_be_read_is_retried_and_then_dead_with_the_reason() {
    for (args, reason) in [
        ("{}", "missing field `year` at line 1 column 2"),
        ("no json", "expected ident at line 1 column 2"),
    ] {
        let app = TestApp::new(|_| Ok(with_report())).await;
        let db = app.context().db();
        insert(&db, "t", "report", args).await;
        let error = format!("the arguments of the task report are not valid: {reason}");
        assert_eq!(app.run_tasks().await.ran, 1);
        let expected = ("pending".to_owned(), 1, Some(error.clone()));
        assert_eq!(outbox(&db).await, [expected]);
        assert_eq!(app.advance("2s").await.ran, 1);
        assert_eq!(outbox(&db).await, [("dead".to_owned(), 2, Some(error))]);
    }
}

/// A task whose arguments cause a panic when they are read.
#[cfg(not(target_arch = "wasm32"))]
struct Bomb;

#[cfg(not(target_arch = "wasm32"))]
impl Serialize for Bomb {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<'de> Deserialize<'de> for Bomb {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("on purpose: while the arguments are read")
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Task for Bomb {
    const NAME: &'static str = "bomb";
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_panic_while_the_arguments_are_read_fails_only_its_attempt() {
    let defuse = task(async |_: Bomb| Ok(()));
    let app = TestApp::new(|_| Ok(with_report().task(defuse))).await;
    let db = app.context().db();
    insert(&db, "b", "bomb", "null").await;
    insert(&db, "r", "report", r#"{"year": 1}"#).await;
    assert_eq!(app.run_tasks().await.ran, 2);
    let error = "the handler panicked: on purpose: while the arguments are read".to_owned();
    assert_eq!(outbox(&db).await, [("dead".to_owned(), 1, Some(error))]);
}

#[whippet::test]
async fn tasks_of_an_older_table_keep_their_schedule() {
    use whippet::tasks::{SCHEMA, SCHEMA_PROGRESS, SCHEMA_QUEUES};

    let app = App::new().task(task(report).retry("1s 1s".parse().unwrap()));
    let app = TestApp::new(|_| Ok(app)).await;
    let newer = format!("{SCHEMA_QUEUES}{SCHEMA_PROGRESS}");
    app.sql(SCHEMA.strip_suffix(&*newer).unwrap()).await;
    app.sql(
        "insert into tasks (id, name, args, state, attempt, due_at, lease, created_at) values \
         ('new', 'report', 'x', 'pending', 0, 0, null, 0), ('failed', 'report', 'x', 'pending', 2, 0, null, 0), \
         ('running', 'report', 'x', 'pending', 2, 0, 'x', 0), ('dead', 'report', 'x', 'dead', 3, 0, null, 0)",
    )
    .await;
    app.sql(&newer).await;
    let counts = query("select id, failures from tasks order by id");
    let counts: Vec<(String, u32)> = counts.fetch_all(&app.context().db()).await.unwrap();
    let expected = [("dead", 3), ("failed", 2), ("new", 0), ("running", 1)];
    assert_eq!(
        counts,
        expected.map(|(id, failures)| (id.to_owned(), failures))
    );
    // The third failure is the last.
    assert_eq!(app.run_tasks().await.ran, 3);
    let states = query("select state from tasks order by id");
    let states: Vec<String> = states.fetch_all(&app.context().db()).await.unwrap();
    assert_eq!(states, ["dead", "dead", "pending", "pending"]);
}
