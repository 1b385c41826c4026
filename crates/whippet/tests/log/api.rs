//! An API that has something to log.

use std::sync::{LazyLock, Once};

use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;
use whippet::routing::{get, post};
use whippet::tasks::{SCHEMA, task};
use whippet::testing::TestApp;
use whippet::{
    App, Config, Db, Migration, Migrations, Path, Problem, Secret, Task, TaskError, Tasks,
    Timestamp, query,
};

use crate::capture::Lines;

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the count cannot be read")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

async fn fine() -> &'static str {
    tracing::info!(
        count = 3,
        ratio = 0.5,
        ok = true,
        name = "a \"b\"\n",
        "hello"
    );
    ""
}

async fn chain() -> Result<(), Problem> {
    Err(Problem::internal(Outer("x".parse::<u8>().unwrap_err())))
}

async fn database(db: Db) -> Result<(), Problem> {
    query("select * from no_such_table").execute(&db).await?;
    Ok(())
}

async fn panics() {
    let numbers: [u8; 0] = [];
    assert!(numbers.len() == 1, "the handler is broken");
}

async fn spans() {
    let outer = tracing::info_span!("outer", a = 1, late = tracing::field::Empty);
    outer.record("late", "x");
    let inner = tracing::info_span!(parent: &outer, "inner", b = 2);
    inner.in_scope(|| tracing::warn!(c = 3, "nested"));
}

async fn secret() {
    let key = Secret::new("hush");
    tracing::info!(?key, "with {key}");
}

static BOTH: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));

async fn meet(Path(name): Path<String>) {
    for step in 0..3 {
        tracing::info!(name, step, "step");
        BOTH.wait().await;
    }
}

#[derive(Serialize, Deserialize)]
struct Fail;

impl Task for Fail {
    const NAME: &'static str = "fail";
}

async fn fail(_: Fail) -> Result<(), TaskError> {
    tracing::info!("in the task");
    Err(TaskError::dead("it broke"))
}

async fn enqueue(db: Db, tasks: Tasks) -> Result<(), Problem> {
    tasks.enqueue(&Fail)?.execute(&db).await?;
    Ok(())
}

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_tasks.sql",
    sql: SCHEMA,
}]);

/// The program's log, once: later calls of `log::init` change nothing.
pub(crate) fn init() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        whippet::log::init(
            &Config::default(),
            || Lines,
            || Timestamp::from_millis(1500),
        )
        .unwrap();
    });
}

pub(crate) async fn app() -> TestApp {
    init();
    let app = App::new()
        .migrations(MIGRATIONS)
        .task(task(fail))
        .route("/fine", get(fine))
        .route("/chain", get(chain))
        .route("/database", get(database))
        .route("/panics", get(panics))
        .route("/spans", get(spans))
        .route("/secret", get(secret))
        .route("/meet/{name}", get(meet))
        .route("/enqueue", post(enqueue));
    TestApp::new(|_| Ok(app)).await
}
