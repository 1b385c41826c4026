//! The times at which a failed delivery is retried.

use serde_json::json;
use std::time::Duration;
use whippet::FetchResponse;
use whippet::axum::http::{HeaderMap, StatusCode};

use crate::support::Relay;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Returns the state of the only task, the number of its started attempts, and the milliseconds until the task is due.
async fn task(relay: &Relay) -> (String, u32, i64) {
    let [task] = relay.tasks().await.try_into().unwrap();
    let now = relay.context().clock().now();
    let due = task.due.as_millis() - now.as_millis();
    (task.state, task.attempt, due)
}

/// Advances the virtual clock by `millis`. Returns how many attempts started during this time.
async fn advance(relay: &Relay, millis: i64) -> u32 {
    let time = Duration::from_millis(millis.try_into().unwrap());
    relay.advance(time).await.ran
}

#[whippet::test]
async fn retries_follow_the_schedule_within_20_percent_and_then_the_task_is_dead() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    assert_eq!(relay.run_tasks().await.ran, 1);
    let delays = [
        5 * SECOND,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        10 * HOUR,
    ];
    for (delay, failed) in delays.into_iter().zip(1..) {
        let (state, attempt, due) = task(&relay).await;
        assert_eq!((state.as_str(), attempt), ("pending", failed));
        let fifth = delay / 5;
        assert!((delay - fifth..=delay + fifth).contains(&due), "{due}");
        assert_eq!(advance(&relay, due - 1).await, 0);
        assert_eq!(advance(&relay, 1).await, 1);
    }
    let (state, attempt, _) = task(&relay).await;
    assert_eq!((state.as_str(), attempt), ("dead", 8));
    assert_eq!(relay.take_sent().len(), 8);
    assert_eq!(advance(&relay, 1000 * HOUR).await, 0);
    assert_eq!(relay.count("select count(*) from attempts").await, 8);
}

#[whippet::test]
async fn deliveries_that_failed_together_are_retried_at_different_times() {
    let relay = Relay::with_app().await;
    for uid in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        relay.endpoint(uid, json!({})).await;
    }
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let due: std::collections::HashSet<_> = relay
        .tasks()
        .await
        .into_iter()
        .map(|task| task.due)
        .collect();
    assert!(due.len() > 2, "{due:?}");
}

#[whippet::test]
async fn the_retry_schedule_can_be_configured() {
    let relay = Relay::with([("RELAY_RETRY_SCHEDULE", "10s")]).await;
    relay
        .create("/app", json!({"name": "Acme", "uid": "acme"}))
        .await;
    relay.endpoint("hook", json!({})).await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    relay.run_next_task().await;
    let (_, _, due) = task(&relay).await;
    assert!((8 * SECOND..=12 * SECOND).contains(&due), "{due}");
    relay.run_next_task().await;
    assert_eq!(task(&relay).await.0, "dead");
}

/// Returns the milliseconds until the next attempt after a 503 response with this `Retry-After` header.
async fn delay_after(retry_after: &'static str) -> i64 {
    let relay = Relay::with_endpoint().await;
    relay.respond(move |_| {
        Ok(FetchResponse {
            status: StatusCode::SERVICE_UNAVAILABLE,
            headers: HeaderMap::from_iter([(
                "retry-after".parse().unwrap(),
                retry_after.parse().unwrap(),
            )]),
            body: Default::default(),
        })
    });
    relay.message(json!({})).await;
    relay.run_tasks().await;
    task(&relay).await.2
}

#[whippet::test]
async fn retry_after_delays_the_next_attempt_by_a_day_at_most() {
    for (retry_after, expected) in [
        ("120", 2 * MINUTE),
        ("86400", 24 * HOUR),
        ("86401", 24 * HOUR),
        ("18446744073709551615", 24 * HOUR),
        ("Thu, 01 Jan 2026 00:10:00 GMT", 10 * MINUTE),
        ("Thursday, 01-Jan-26 00:10:00 GMT", 10 * MINUTE),
        ("Fri, 01 Jan 2027 00:00:00 GMT", 24 * HOUR),
    ] {
        assert_eq!(delay_after(retry_after).await, expected, "{retry_after}");
    }
}

#[whippet::test]
async fn retry_after_never_shortens_the_delay() {
    for retry_after in [
        "0",
        "1",
        "-60",
        "1.5",
        "soon",
        "Wed, 31 Dec 2025 00:00:00 GMT",
        "",
    ] {
        let delay = delay_after(retry_after).await;
        assert!((4 * SECOND..=6 * SECOND).contains(&delay), "{retry_after}");
    }
}

#[whippet::test]
async fn a_retry_after_over_64_bits_delays_the_next_attempt_by_a_day() {
    let digits = "99999999999999999999999";
    assert_eq!(delay_after(digits).await, 24 * HOUR);
}
