//! Endpoints that fail for days.

use std::time::Duration;

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::{FetchError, FetchResponse};

use crate::support::Relay;

async fn is_disabled(relay: &Relay) -> bool {
    relay.read("/app/acme/endpoint/hook").await["disabled"] == true
}

/// Sends a message each hour.
async fn send_hourly(relay: &Relay, hours: u32) {
    for _ in 0..hours {
        relay.message(json!({})).await;
        relay.advance("1h").await;
    }
}

async fn with_status(status: u16) -> Relay {
    let relay = Relay::with([("RELAY_RETRY_SCHEDULE", "1m")]).await;
    relay
        .create("/app", json!({"name": "Acme", "uid": "acme"}))
        .await;
    relay.endpoint("hook", json!({})).await;
    relay.respond_status(StatusCode::from_u16(status).unwrap());
    relay
}

#[whippet::test]
async fn an_endpoint_that_fails_for_five_days_is_disabled() {
    let relay = with_status(500).await;
    send_hourly(&relay, 5 * 24).await;
    assert!(!is_disabled(&relay).await);
    let before = relay.read("/app/acme/endpoint/hook").await;
    send_hourly(&relay, 1).await;
    assert!(is_disabled(&relay).await);
    let after = relay.read("/app/acme/endpoint/hook").await;
    assert_ne!(before["updatedAt"], after["updatedAt"]);
    let lines = relay.logs().with("level", "warn");
    let lines = lines
        .iter()
        .filter(|line| line["endpoint_id"] == after["id"]);
    assert_eq!(lines.count(), 1);
    relay.take_sent();
    send_hourly(&relay, 2).await;
    assert_eq!(relay.take_sent().len(), 0);
}

#[whippet::test]
async fn any_success_restarts_the_five_days() {
    let relay = with_status(500).await;
    send_hourly(&relay, 4 * 24).await;
    relay.respond_status(StatusCode::OK);
    send_hourly(&relay, 1).await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    send_hourly(&relay, 5 * 24).await;
    assert!(!is_disabled(&relay).await);
    send_hourly(&relay, 1).await;
    assert!(is_disabled(&relay).await);
}

#[whippet::test]
async fn failures_with_days_between_them_do_not_disable_an_endpoint() {
    let relay = with_status(500).await;
    for pause in ["3d", "3d", "3d", "6d", "6d", "3d"] {
        relay.message(json!({})).await;
        relay.advance(pause).await;
    }
    assert!(!is_disabled(&relay).await);
    let said = "the endpoint is disabled, because all attempts have failed for 5 days";
    assert_eq!(relay.logs().with("message", said).len(), 0);
    // The endpoint now fails every hour for half a day, which starts the period of five days. The first failure after
    // this period disables the endpoint.
    send_hourly(&relay, 13).await;
    relay.advance("5d").await;
    assert!(!is_disabled(&relay).await);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    assert!(is_disabled(&relay).await);
}

#[whippet::test]
async fn an_overloaded_endpoint_gets_the_next_attempt_after_a_minute() {
    for (status, least) in [(429, 60), (502, 60), (504, 60), (500, 4), (503, 4)] {
        let relay = Relay::with_endpoint().await;
        relay.respond_status(StatusCode::from_u16(status).unwrap());
        relay.message(json!({})).await;
        let summary = relay.run_tasks().await;
        let wait = summary
            .next_due
            .unwrap()
            .since(relay.context().clock().now())
            .as_secs();
        assert!((least..=least + 2).contains(&wait), "{status}: {wait}");
    }
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| Err(FetchError::Timeout(Duration::from_secs(20))));
    relay.message(json!({})).await;
    let summary = relay.run_tasks().await;
    let wait = summary
        .next_due
        .unwrap()
        .since(relay.context().clock().now());
    assert_eq!(wait.as_secs(), 60);
}

#[whippet::test]
async fn retry_after_of_an_overloaded_endpoint_counts_if_it_is_longer() {
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| {
        Ok(FetchResponse {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: [("retry-after".parse().unwrap(), "120".parse().unwrap())]
                .into_iter()
                .collect(),
            body: Default::default(),
        })
    });
    relay.message(json!({})).await;
    let summary = relay.run_tasks().await;
    let wait = summary
        .next_due
        .unwrap()
        .since(relay.context().clock().now());
    assert_eq!(wait.as_secs(), 120);
}

#[whippet::test]
async fn a_delivery_that_was_given_up_is_listed_and_redriven() {
    let relay = Relay::with([("RELAY_RETRY_SCHEDULE", "1m"), ("SWEEP_KEY", "sweep")]).await;
    relay
        .create("/app", json!({"name": "Acme", "uid": "acme"}))
        .await;
    relay.endpoint("hook", json!({})).await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    let message = relay.message(json!({})).await;
    relay.advance("2m").await;
    let app: &whippet::testing::TestApp = &relay;
    let dead = app.get("/_whippet/tasks/dead").bearer("sweep").await.json();
    assert_eq!(dead["tasks"].as_array().unwrap().len(), 1);
    assert_eq!(
        dead["tasks"][0]["lastError"],
        "the endpoint responded 500 Internal Server Error"
    );
    let id = dead["tasks"][0]["id"].as_str().unwrap();
    assert!(id.starts_with(&message), "{id}");
    relay.respond_status(StatusCode::OK);
    let redriven = app
        .post(&format!("/_whippet/tasks/dead/{id}"))
        .bearer("sweep")
        .await;
    assert_eq!(redriven.status, 204);
    relay.run_tasks().await;
    let attempts = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    assert_eq!(attempts["data"][0]["status"], 0);
    assert_eq!(attempts["data"].as_array().unwrap().len(), 3);
}
