//! The sweep: an HTTP request that runs due tasks.

use std::time::Duration;
use whippet::layers::Timeout;
use whippet::sweep::{KEY, PATH};
use whippet::tasks::{Attempt, task};
use whippet::testing::TestApp;
use whippet::{Clock, Config, Db};

use crate::gate::{Gate, Work, enqueue, with_gate};
use crate::support::{app, budget, outbox, ran, record};

const SECRET: &str = "a key of the sweep";

async fn with_key(key: &str) -> TestApp {
    let config = Config::from_iter([(KEY, key)]);
    TestApp::with_config(config, |_| Ok(with_gate(Gate::default()))).await
}

#[whippet::test]
async fn a_sweep_request_runs_due_tasks_and_reports_their_number() {
    let app = with_key(SECRET).await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    enqueue(&db, "b", false).await;
    let response = app.post(PATH).bearer(SECRET).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(
        response.json(),
        serde_json::json!({"ran": 2, "nextDue": null})
    );
    assert_eq!(ran(&db).await.len(), 2);
    let again = app.post(PATH).bearer(SECRET).await;
    assert_eq!(again.json(), serde_json::json!({"ran": 0, "nextDue": null}));
}

#[whippet::test]
async fn a_sweep_request_requires_the_sweep_key() {
    let app = with_key(SECRET).await;
    for wrong in [
        "",
        "a",
        "a key of the sweep!",
        "A key of the sweep",
        "a key of the swee",
    ] {
        let response = app.post(PATH).bearer(wrong).await;
        assert_eq!(response.status, 401, "{wrong:?}");
        assert_eq!(response.header("www-authenticate"), "Bearer");
    }
    assert_eq!(app.post(PATH).await.status, 401);
    let basic = app
        .post(PATH)
        .header("authorization", "Basic a key of the sweep")
        .await;
    assert_eq!(basic.status, 401);
    let get = app.get(PATH).bearer(SECRET).await;
    assert_eq!(
        (get.status.as_u16(), get.header("allow")),
        (405, "POST, OPTIONS")
    );
}

#[whippet::test]
async fn one_or_more_spaces_separate_the_scheme_from_the_key() {
    let app = with_key(SECRET).await;
    for (authorization, status) in [
        (format!("Bearer {SECRET}"), 200),
        (format!("bearer    {SECRET}"), 200),
        (format!("Bearer\t{SECRET}"), 401),
        (format!("Bearer \t{SECRET}"), 401),
        (format!("Bearer{SECRET}"), 401),
    ] {
        let request = app.post(PATH).header("authorization", &authorization);
        assert_eq!(request.await.status, status, "{authorization:?}");
    }
}

#[whippet::test]
async fn a_sweep_key_that_no_request_can_send_is_an_error_at_start_that_hides_the_key() {
    for value in ["key\n", " key", "key ", "k\ty", "ké"] {
        let config = Config::from_iter([(KEY, value)]);
        let builder = TestApp::builder().config(config);
        let started = builder.try_start(|_| Ok(with_gate(Gate::default()))).await;
        let text = started.unwrap_err().to_string();
        assert!(text.contains(KEY) && !text.contains(value.trim()), "{text}");
    }
}

#[whippet::test]
async fn the_sweep_route_does_not_exist_without_a_configured_key() {
    let app = with_key("").await;
    assert_eq!(app.post(PATH).bearer("").await.status, 404);
}

#[whippet::test]
async fn a_run_with_a_time_budget_of_zero_claims_no_task() {
    let app = with_key(SECRET).await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    let mut no_time = budget(4, 1000);
    no_time.time = Duration::ZERO;
    let drained = app.service().run_due_tasks_within(no_time).await;
    assert_eq!(drained.ran, 0);
    assert!(drained.next_due.is_some());
    assert!(ran(&db).await.is_empty());
}

#[whippet::test]
async fn a_layer_does_not_drop_the_attempts_that_a_sweep_has_started() {
    let slow = task(async |_: Work, attempt: Attempt, clock: Clock, db: Db| {
        clock.sleep(Duration::from_secs(10)).await;
        Ok(record(&db, &attempt, "slow").await?)
    });
    let config = Config::from_iter([(KEY, SECRET)]);
    let app = app()
        .task(slow)
        .layer(Timeout::after(Duration::from_secs(1)));
    let app = TestApp::with_config(config, |_| Ok(app)).await;
    let db = app.context().db();
    enqueue(&db, "a", false).await;
    let sweep = async { app.post(PATH).bearer(SECRET).await };
    let (response, _) = tokio::join!(sweep, app.advance("20s"));
    assert_eq!(response.status, 200);
    assert_eq!(ran(&db).await, [(1, "slow".to_owned())]);
    assert_eq!(outbox(&db).await, []);
}
