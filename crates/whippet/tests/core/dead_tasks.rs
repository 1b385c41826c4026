//! Listing, redriving and deleting dead tasks, and the routes with which operators do this.

use std::time::Duration;

use serde_json::{Value, json};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::sweep::{KEY, outbox::PATH};
use whippet::tasks::DeadTask;
use whippet::testing::TestApp;
use whippet::{Config, Tasks, Timestamp};

use crate::gate::{Gate, with_gate};
use crate::support::outbox;

const SECRET: &str = "a key of the sweep";

async fn start() -> TestApp {
    let config = Config::from_iter([(KEY, SECRET)]);
    TestApp::with_config(config, |_| Ok(with_gate(Gate::default()))).await
}

async fn tasks(app: &TestApp) -> Tasks {
    let (mut parts, ()) = Request::new(()).into_parts();
    let Ok(tasks) = Tasks::from_request_parts(&mut parts, app.context()).await;
    tasks
}

/// Inserts dead tasks, in the order in which they died.
async fn insert(app: &TestApp, ids: &[&str], key: &str) {
    for (id, died) in ids.iter().zip(1..) {
        app.sql(&format!(
            "insert into tasks (id, name, args, state, attempt, failures, due_at, created_at, last_error, unique_key) \
             values ('{id}', 'work', '{{\"hangs\":false}}', 'dead', 3, 3, {died}, 0, 'boom', {key})"
        ))
        .await;
    }
}

#[whippet::test]
async fn the_task_that_died_last_is_listed_first() {
    let app = start().await;
    insert(&app, &["a", "b", "c"], "null").await;
    let tasks = tasks(&app).await;
    let db = app.context().db();
    let page: Vec<DeadTask> = tasks.dead(Timestamp::MAX, 2).fetch_all(&db).await.unwrap();
    let ids: Vec<_> = page.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["c", "b"]);
    let next = tasks.dead(page[1].died_at, 2);
    let [last] = next
        .fetch_all::<DeadTask>(&db)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(
        (last.id.as_str(), last.attempts, last.last_error.as_deref()),
        ("a", 3, Some("boom"))
    );
}

#[whippet::test]
async fn a_redriven_task_runs_with_its_whole_schedule() {
    let app = start().await;
    insert(&app, &["a"], "null").await;
    let tasks = tasks(&app).await;
    let db = app.context().db();
    assert_eq!(tasks.redrive("b").execute(&db).await, Ok(0));
    assert_eq!(tasks.redrive("a").execute(&db).await, Ok(1));
    let [task] = app.tasks().await.try_into().unwrap();
    assert_eq!(
        (task.state.as_str(), task.attempt, task.failures),
        ("pending", 0, 0)
    );
    assert_eq!(app.run_tasks().await.ran, 1);
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn only_one_of_the_dead_tasks_with_the_same_key_is_redriven() {
    let app = start().await;
    insert(&app, &["a", "b"], "'k'").await;
    let tasks = tasks(&app).await;
    let db = app.context().db();
    assert_eq!(tasks.redrive_all("work", 10).execute(&db).await, Ok(1));
    assert_eq!(tasks.redrive_all("work", 10).execute(&db).await, Ok(0));
    let states: Vec<_> = outbox(&db).await.into_iter().map(|task| task.0).collect();
    assert_eq!(states, ["pending", "dead"]);
}

#[whippet::test]
async fn old_dead_tasks_are_deleted_in_batches() {
    let app = with_gate(Gate::default()).keep_dead_tasks(Duration::from_secs(3600));
    let app = TestApp::new(|_| Ok(app)).await;
    app.sql(
        "with recursive n (v) as (select 1 union all select v + 1 from n where v < 600) \
         insert into tasks (id, name, args, state, due_at, created_at) select 't' || v, 'work', '', 'dead', v, 0 from n",
    )
    .await;
    let dead = "select count(*) from tasks where state = 'dead'";
    for left in [100, 100, 0] {
        app.run_tasks().await;
        assert_eq!(app.row::<i64>(dead).await, left);
        app.jump("30s");
    }
    app.sql("insert into tasks (id, name, args, state, due_at, created_at) values ('new', 'work', '', 'dead', 1767225600000, 0)").await;
    app.jump("31s");
    app.run_tasks().await;
    assert_eq!(app.row::<i64>(dead).await, 1);
}

#[whippet::test]
async fn the_overview_counts_the_tasks_and_names_those_that_the_program_does_not_know() {
    let app = start().await;
    insert(&app, &["a"], "null").await;
    app.sql(
        "insert into tasks (id, name, args, due_at, created_at, ready, lease) values \
         ('w', 'work', '', 1767225660000, 0, 0, null), ('r', 'work', '', 1767225600000, 0, 1, null), \
         ('l', 'work', '', 1767225660000, 0, 0, 'x'), ('u', 'gone', '', 0, 0, 0, null)",
    )
    .await;
    let response = app.get(PATH).bearer(SECRET).await;
    let expected = json!({
        "tasks": [{
            "name": "work", "queue": "default", "waiting": 1, "blocked": 0, "ready": 1, "running": 1,
            "dead": 1, "due": "2026-01-01T00:00:00.000Z",
        }],
        "unknown": [["gone", 1]],
        "dead": 1,
        "paused": [],
        "schedules": [],
        "minutes": null,
    });
    assert_eq!(response.json(), expected);
}

#[whippet::test]
async fn an_operator_lists_redrives_and_deletes_dead_tasks_and_cancels_pending_tasks() {
    let app = start().await;
    insert(&app, &["a", "b"], "null").await;
    let dead = format!("{PATH}/dead");
    let list = async || -> Vec<Value> {
        let response = app.get(&dead).bearer(SECRET).await;
        let tasks = response.json()["tasks"].as_array().unwrap().clone();
        tasks.into_iter().map(|task| task["id"].clone()).collect()
    };
    assert_eq!(list().await, ["b", "a"]);
    let earlier = app.get(&format!("{dead}?before=1970-01-01T00:00:00.002Z"));
    assert_eq!(earlier.bearer(SECRET).await.json()["tasks"][0]["id"], "a");

    app.delete(&format!("{dead}/a"))
        .bearer(SECRET)
        .await
        .assert_status(204);
    app.delete(&format!("{dead}/a"))
        .bearer(SECRET)
        .await
        .assert_status(404);
    app.post(&format!("{dead}/b"))
        .bearer(SECRET)
        .await
        .assert_status(204);
    assert!(list().await.is_empty());
    app.delete(&format!("{PATH}/b"))
        .bearer(SECRET)
        .await
        .assert_status(204);
    app.delete(&format!("{PATH}/b"))
        .bearer(SECRET)
        .await
        .assert_status(404);
    assert_eq!(app.tasks().await, []);
}

#[whippet::test]
async fn an_operator_sees_a_task_in_any_state() {
    let app = start().await;
    app.sql(
        "insert into tasks (id, name, args, due_at, created_at, ready, lease, state, unique_key, last_error) values \
         ('w', 'work', '[1]', 1767225660500, 1000, 0, null, 'pending', 'k', null), \
         ('r', 'gone', '', 0, 0, 1, null, 'pending', null, 'it failed'), \
         ('l', 'work', '', 0, 0, 0, 'x', 'pending', null, null), ('d/1', 'work', '', 0, 0, 0, null, 'dead', null, null)",
    )
    .await;
    let show = async |id: &str| app.get(&format!("{PATH}/{id}")).bearer(SECRET).await;
    let waiting = show("w").await;
    assert_eq!(waiting.header("content-type"), "application/json");
    let expected = json!({
        "id": "w", "name": "work", "state": "waiting", "args": "[1]", "attempts": 0, "failures": 0, "crashes": 0,
        "dueAt": "2026-01-01T00:01:00.500Z", "createdAt": "1970-01-01T00:00:01.000Z", "lastError": null,
        "progress": null, "members": null, "key": "k",
        "concurrencyKey": "", "requestId": "",
    });
    assert_eq!(waiting.json(), expected);
    assert_eq!(show("r").await.json()["state"], "ready");
    assert_eq!(show("r").await.json()["lastError"], "it failed");
    assert_eq!(show("l").await.json()["state"], "running");
    assert_eq!(show("d%2F1").await.json()["state"], "dead");
    show("x").await.assert_status(404);
}

#[whippet::test]
async fn an_operator_redrives_by_name_and_deletes_by_time() {
    let app = start().await;
    insert(&app, &["a", "b"], "null").await;
    app.sql("insert into tasks (id, name, args, state, due_at, created_at) values ('c', 'other', '', 'dead', 5000, 0)").await;
    let dead = |query: &str| format!("{PATH}/dead?{query}");
    let before = dead("before=1970-01-01T00:00:00.002Z");
    let deleted = app.delete(&before).bearer(SECRET).await;
    assert_eq!(deleted.json(), json!({"tasks": 1}));
    let early = dead("name=work&until=1970-01-01T00:00:00.001Z");
    let none = app.post(&early).bearer(SECRET).await;
    assert_eq!(none.json(), json!({"tasks": 0}));
    let redriven = app.post(&dead("name=work")).bearer(SECRET).await;
    assert_eq!(redriven.json(), json!({"tasks": 1}));
    let again = app.post(&dead("name=work")).bearer(SECRET).await;
    assert_eq!(again.json(), json!({"tasks": 0}));
    app.post(&dead("")).bearer(SECRET).await.assert_status(422);
    app.delete(&dead(""))
        .bearer(SECRET)
        .await
        .assert_status(422);
    let states: Vec<_> = app
        .tasks()
        .await
        .into_iter()
        .map(|task| (task.id, task.state))
        .collect();
    let expected =
        [("b", "pending"), ("c", "dead")].map(|(id, state)| (id.to_owned(), state.to_owned()));
    let mut states = states;
    states.sort();
    assert_eq!(states, expected);
}

#[whippet::test]
async fn the_routes_of_the_outbox_require_the_sweep_key() {
    let app = start().await;
    insert(&app, &["a"], "null").await;
    for request in [
        app.get(PATH),
        app.get(&format!("{PATH}/dead")),
        app.post(&format!("{PATH}/dead/a")),
        app.delete(&format!("{PATH}/dead/a")),
        app.delete(&format!("{PATH}/a")),
        app.get(&format!("{PATH}/a")),
        app.post(&format!("{PATH}/dead?name=work")),
        app.delete(&format!("{PATH}/dead?before=2030-01-01T00:00:00Z")),
    ] {
        request.await.assert_status(401);
    }
    assert_eq!(app.tasks().await.len(), 1);
}
