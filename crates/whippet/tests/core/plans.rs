//! The cost of a claim, which does not depend on how many tasks wait.

use serde::Deserialize;
use whippet::testing::TestApp;
use whippet::{AssertSqlSafe, Statement, query};

use crate::gate::{Gate, enqueue, with_gate};

/// A step of the plan with which SQLite runs a statement.
#[derive(Deserialize)]
struct Step {
    detail: String,
}

async fn plan(app: &TestApp, statement: Statement) -> Vec<String> {
    let explain = query(AssertSqlSafe(format!(
        "explain query plan {}",
        statement.sql
    )));
    let explain = statement
        .values
        .into_iter()
        .fold(explain, |query, value| query.bind(value));
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
            // The index `tasks_leased` has only the tasks that run now.
            let scans = step.starts_with("SCAN tasks") && !step.ends_with("tasks_leased");
            assert!(!scans, "{step}: {sql}");
        }
    }
}

/// Prints how long a claim takes in an outbox with 10³ to 10⁶ ready tasks, for one key, for a thousand keys and for as
/// many keys as tasks.
#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
#[ignore = "a measurement that writes three million rows: run it with --release"]
async fn the_cost_of_a_claim_is_flat() {
    use crate::support::budget;
    use std::time::Instant;

    for keys in ["''", "'k' || (value % 1000)", "'k' || value"] {
        for count in [1_000, 10_000, 100_000, 1_000_000] {
            let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
            app.sql(&format!(
                "with recursive n (value) as (select 1 union all select value + 1 from n where value < {count}) \
                 insert into tasks (id, name, args, due_at, created_at, ready, concurrency_key) \
                 select 't' || value, 'work', '{{\"hangs\":false}}', 0, 0, 1, {keys} from n"
            ))
            .await;
            let started = Instant::now();
            let summary = app.service().run_due_tasks_within(budget(32, 320)).await;
            assert_eq!(summary.ran, 320);
            eprintln!(
                "{keys:>24} {count:>8} {:>8.3} ms for each task",
                started.elapsed().as_secs_f64() * 1000.0 / 320.0
            );
        }
    }
}
