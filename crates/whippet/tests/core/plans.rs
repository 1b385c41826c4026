//! Tests that the cost of a claim does not depend on how many tasks wait.

use serde::Deserialize;
use whippet::testing::TestApp;
use whippet::{AssertSqlSafe, Query, Statement, query};

use crate::gate::{Gate, enqueue, with_gate};

/// A step in the query plan that SQLite creates for a statement.
#[derive(Deserialize)]
struct Step {
    detail: String,
}

/// Returns the plan of a statement.
pub(crate) async fn plan(app: &TestApp, statement: Statement) -> Vec<String> {
    let explain = query(AssertSqlSafe(format!(
        "explain query plan {}",
        statement.sql
    )));
    let explain = statement
        .values
        .into_iter()
        .fold(explain, |query, value| query.bind(value));
    steps(app, explain).await
}

/// Returns the plan of a statement without parameters.
pub(crate) async fn plan_of(app: &TestApp, sql: &str) -> Vec<String> {
    steps(
        app,
        query(AssertSqlSafe(format!("explain query plan {sql}"))),
    )
    .await
}

async fn steps(app: &TestApp, explain: Query) -> Vec<String> {
    let steps: Vec<Step> = explain.fetch_all(&app.context().db()).await.unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

#[whippet::test]
async fn every_statement_of_a_run_uses_an_index_of_the_outbox() {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    let db = app.context().db();
    enqueue(&db, "done", false).await;
    enqueue(&db, "dead", true).await;
    app.sql("update tasks set attempt = 1 where id = 'dead'")
        .await;
    let before = app.statements().len();
    app.run_tasks().await;
    let statements = app.statements().split_off(before);
    assert!(statements.len() > 5, "{statements:?}");
    for statement in statements {
        let sql = statement.sql.clone();
        for step in plan(&app, statement).await {
            // A scan of the index `tasks_leased` is cheap, because this index contains only running tasks.
            let scans = step.starts_with("SCAN tasks") && !step.ends_with("tasks_leased");
            assert!(!scans, "{step}: {sql}");
        }
    }
}

/// Prints how long a claim takes in an outbox with 10³ to 10⁶ ready tasks. The tasks of an outbox have one common key,
/// a thousand keys, or a key each.
#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "a measurement that writes three million rows: run it with --release"]
fn the_cost_of_a_claim_is_flat() {
    for keys in ["''", "'k' || (value % 1000)", "'k' || value"] {
        for count in [1_000, 10_000, 100_000, 1_000_000] {
            let time = whippet::testing::block_on(time_of_a_task(keys, count));
            eprintln!(
                "{keys:>24} {count:>8} {:>8.3} ms for each task",
                time.as_secs_f64() * 1000.0
            );
        }
    }
}

/// Fills an outbox with `count` ready tasks. The SQL expression `keys` computes the concurrency key of a task. Then
/// runs 320 of the tasks, and returns the average time for one task.
#[cfg(not(target_arch = "wasm32"))]
async fn time_of_a_task(keys: &str, count: u32) -> std::time::Duration {
    let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
    app.sql(&format!(
        "with recursive n (value) as (select 1 union all select value + 1 from n where value < {count}) \
         insert into tasks (id, name, args, due_at, created_at, ready, concurrency_key) \
         select 't' || value, 'work', '{{\"hangs\":false}}', 0, 0, 1, {keys} from n"
    ))
    .await;
    let started = std::time::Instant::now();
    let budget = crate::support::budget(32, 320);
    let summary = app.service().run_due_tasks_within(budget).await;
    assert_eq!(summary.ran, 320);
    started.elapsed() / 320
}
