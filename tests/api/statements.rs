//! The number of SQL statements and round trips of Relay's operations.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::{AssertSqlSafe, query};

use crate::support::Relay;

/// Returns the number of statements that Relay runs to accept a message. The application has `endpoints` endpoints.
async fn statements(endpoints: u32) -> usize {
    let relay = Relay::with_app().await;
    query(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1) \
         insert into endpoints (id, app_id, uid, url, description, event_types, channels, metadata, headers, secret, \
         throttle_rate, disabled, created_at, updated_at) select 'ep_' || n, app.id, null, '', '', null, null, '{}', '{}', '', null, 0, 0, 0 \
         from n, applications app",
    )
    .bind(endpoints)
    .execute(&relay.context().db())
    .await
    .unwrap();
    let before = relay.statements().len();
    let body = json!({"eventType": "a", "payload": {}});
    let response = relay.post("/app/acme/msg", body).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    let used = relay.statements().len() - before;
    assert_eq!(relay.tasks().await.len(), endpoints as usize);
    used
}

#[whippet::test]
async fn a_message_takes_few_statements_for_any_number_of_endpoints() {
    let one = statements(1).await;
    assert!(one <= 4, "{one}");
    assert_eq!(statements(300).await, one);
}

#[whippet::test]
async fn one_round_trip_accepts_a_message_and_four_deliver_it() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::OK);
    let body = json!({"eventType": "a", "payload": {}});
    // The first run also does what a process does once a minute.
    relay.post_once("/app/acme/msg", "1", &body).await;
    relay.run_tasks().await;

    let start = relay.round_trips();
    let response = relay.post_once("/app/acme/msg", "2", &body).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    assert_eq!(relay.round_trips() - start, 1);
    assert_eq!(relay.run_tasks().await.ran, 1);
    assert_eq!(relay.round_trips() - start, 5);
}

#[whippet::test]
async fn one_round_trip_reads_a_resource() {
    let relay = Relay::with_endpoint().await;
    let id = relay.message(json!({})).await;
    for path in [
        "/app/acme",
        "/app/acme/endpoint/hook",
        &format!("/app/acme/msg/{id}"),
    ] {
        let start = relay.round_trips();
        relay.read(path).await;
        assert_eq!(relay.round_trips() - start, 1, "{path}");
    }
}

#[whippet::test]
async fn reading_a_resource_scans_no_table() {
    let relay = Relay::with_endpoint().await;
    let id = relay.message(json!({"eventId": "e"})).await;
    for path in [
        "/app/acme",
        "/app/acme/endpoint/hook",
        "/app/acme/msg/e",
        &format!("/app/acme/msg/{id}"),
    ] {
        let before = relay.statements().len();
        relay.read(path).await;
        for statement in &relay.statements()[before..] {
            let explain = format!("explain query plan {}", statement.sql);
            let values = statement.values.iter().cloned();
            let explain = values.fold(query(AssertSqlSafe(explain)), whippet::Query::bind);
            let plan: Vec<(i64, i64, i64, String)> =
                explain.fetch_all(&relay.context().db()).await.unwrap();
            let is_scan = |step: &str| {
                ["applications", "endpoints", "messages"]
                    .iter()
                    .any(|table| step.starts_with(&format!("SCAN {table}")))
            };
            assert!(
                !plan.iter().any(|(.., step)| is_scan(step)),
                "{path}: {plan:?}"
            );
        }
    }
}
