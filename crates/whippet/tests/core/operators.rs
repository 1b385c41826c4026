//! The counts of attempts, the list of pending tasks, and the page for operators.

use serde_json::{Value, json};
use whippet::App;
use whippet::sweep::{KEY, outbox};
use whippet::tasks::SCHEMA_MINUTES;
use whippet::testing::TestApp;

use crate::gate::{Gate, enqueue, with_gate};
use crate::plans::plan;

async fn start(app: App) -> TestApp {
    TestApp::builder()
        .variable(KEY, "k")
        .start(|_| Ok(app))
        .await
}

async fn counting() -> TestApp {
    let app = start(with_gate(Gate::default()).count_attempts()).await;
    app.sql(SCHEMA_MINUTES).await;
    app
}

async fn minutes(app: &TestApp, query: &str) -> Value {
    let overview = app.get(&format!("{}{query}", outbox::PATH)).bearer("k");
    overview.await.assert_status(200).json()["minutes"].clone()
}

#[whippet::test]
async fn attempts_are_counted_in_the_minute_in_which_they_end() {
    let app = counting().await;
    let db = app.context().db();
    assert_eq!(minutes(&app, "").await, json!([]));
    enqueue(&db, "a", false).await;
    enqueue(&db, "b", false).await;
    app.run_tasks().await;
    app.jump("90s");
    // The arguments of this task cannot be read.
    app.sql(
        "insert into tasks (id, name, args, due_at, created_at) values ('c', 'work', 'null', 0, 0)",
    )
    .await;
    enqueue(&db, "d", false).await;
    app.run_tasks().await;
    let counts = |minute: &str, done: u32, failed: u32, dead: u32| json!({"minute": minute, "done": done, "failed": failed, "dead": dead});
    let expected = json!([
        counts("2026-01-01T00:00:00.000Z", 2, 0, 0),
        counts("2026-01-01T00:01:00.000Z", 1, 0, 1),
    ]);
    assert_eq!(minutes(&app, "").await, expected);
    assert_eq!(minutes(&app, "?minutes=1").await, json!([expected[1]]));

    app.jump("2h");
    assert_eq!(minutes(&app, "").await, json!([]));
    assert_eq!(minutes(&app, "?minutes=1440").await, expected);
    app.jump("23h");
    enqueue(&db, "e", false).await;
    app.run_tasks().await;
    assert_eq!(app.row::<i64>("select count(*) from task_minutes").await, 1);
}

#[whippet::test]
async fn two_processes_add_their_counts() {
    let first = counting().await;
    let second = with_gate(Gate::default()).count_attempts();
    let builder = TestApp::builder().sharing_database_with(&first);
    let second = builder.start(|_| Ok(second)).await;
    let db = first.context().db();
    for app in [&first, &second, &first] {
        enqueue(&db, "a", false).await;
        app.run_tasks().await;
    }
    assert_eq!(minutes(&first, "").await[0]["done"], 3);
}

#[whippet::test]
async fn tasks_run_without_the_table_of_counts_and_the_log_states_what_is_missing() {
    let app = start(with_gate(Gate::default()).count_attempts()).await;
    let db = app.context().db();
    for id in ["a", "b"] {
        enqueue(&db, id, false).await;
        assert_eq!(app.run_tasks().await.ran, 1);
    }
    let logged = app.logs().with("level", "warn");
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(
        logged[0]["message"]
            .as_str()
            .unwrap()
            .contains("SCHEMA_MINUTES"),
        "{logged:?}"
    );
}

#[whippet::test]
async fn an_app_that_does_not_count_attempts_has_no_counts() {
    let app = start(with_gate(Gate::default())).await;
    assert_eq!(minutes(&app, "").await, json!(null));
}

#[whippet::test]
async fn the_pending_tasks_of_a_name_and_state_are_listed_with_an_index() {
    let app = start(with_gate(Gate::default())).await;
    app.sql(
        "insert into tasks (id, name, args, due_at, created_at, ready, lease, last_error) values \
         ('w2', 'work', '', 1767225662000, 5, 0, null, 'boom'), ('w1', 'work', '', 1767225661000, 5, 0, null, null), \
         ('r', 'work', '', 1767225600000, 5, 1, null, null), ('l', 'work', '', 1767225660000, 5, 0, 'x', null), \
         ('b', 'work', '', 1767225600000, 5, 2, null, null), ('other', 'gone', '', 0, 0, 0, null, null)",
    )
    .await;
    let before = app.statements().len();
    for (state, expected) in [
        ("waiting", &["w1", "w2"][..]),
        ("ready", &["r"]),
        ("running", &["l"]),
        ("blocked", &["b"]),
    ] {
        let path = format!("{}/pending?name=work&state={state}", outbox::PATH);
        let list = app.get(&path).bearer("k").await;
        let tasks = list.assert_status(200).json()["tasks"].clone();
        let ids: Vec<_> = tasks.as_array().unwrap().iter().map(|t| &t["id"]).collect();
        assert_eq!(ids, expected, "{state}");
        assert_eq!(tasks[0]["createdAt"], "1970-01-01T00:00:00.005Z");
    }
    for statement in app.statements().split_off(before) {
        for step in plan(&app, statement.clone()).await {
            let is_index = step.starts_with("SEARCH tasks USING INDEX tasks_");
            assert!(is_index, "{step}: {}", statement.sql);
        }
    }
    let path = format!("{}/pending?name=work&state=done", outbox::PATH);
    app.get(&path).bearer("k").await.assert_status(422);
    app.get(&path).await.assert_status(401);
}

#[cfg(not(target_arch = "wasm32"))]
mod page {
    use super::*;

    /// The header `Accept` that Chromium sends when it opens a page.
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[whippet::test]
    async fn the_page_and_its_files_are_served_without_a_key_and_have_no_data() {
        let app = start(with_gate(Gate::default())).await;
        let page = app.get(outbox::PAGE).await;
        page.assert_status(200)
            .assert_header("content-type", "text/html; charset=utf-8");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self'; style-src 'self';"));
        for (name, media_type) in [
            ("outbox.js", "text/javascript; charset=utf-8"),
            ("outbox-plots.js", "text/javascript; charset=utf-8"),
            ("outbox.css", "text/css; charset=utf-8"),
        ] {
            let file = app.get(&format!("{}/{name}", outbox::PAGE)).await;
            file.assert_status(200)
                .assert_header("content-type", media_type);
        }
        assert!(page.text().contains("\"outbox/outbox.js\""));
        for name in ["outbox.html", "docs.js", "..", "%2e%2e"] {
            let path = format!("{}/{name}", outbox::PAGE);
            app.get(&path).await.assert_problem(404, "not_found");
        }
    }

    #[whippet::test]
    async fn a_browser_that_opens_the_json_is_redirected_to_the_page() {
        let app = start(with_gate(Gate::default())).await;
        let get = || app.get(outbox::PATH).header("accept", BROWSER);
        get()
            .await
            .assert_status(307)
            .assert_header("location", "outbox");
        get().bearer("wrong").await.assert_status(401);
        get().bearer("k").await.assert_status(200);
        app.get(outbox::PATH).await.assert_status(401);
    }

    #[whippet::test]
    async fn an_app_without_a_sweep_key_has_no_page() {
        let app = TestApp::new(|_| Ok(with_gate(Gate::default()))).await;
        app.get(outbox::PAGE).await.assert_problem(404, "not_found");
    }
}
