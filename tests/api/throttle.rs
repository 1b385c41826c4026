//! The throttle rates of applications and endpoints, in virtual time.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::Relay;

async fn with_rates(application: Option<u16>, endpoints: &[(&str, Option<u16>)]) -> Relay {
    let relay = Relay::new().await;
    let app = json!({"name": "Acme", "uid": "acme", "throttleRate": application});
    let created = relay.create("/app", app).await;
    assert_eq!(created["throttleRate"], json!(application));
    for (uid, rate) in endpoints {
        let created = relay.endpoint(uid, json!({"throttleRate": rate})).await;
        assert_eq!(created["throttleRate"], json!(rate));
        let read = relay.read(&format!("/app/acme/endpoint/{uid}")).await;
        assert_eq!(read["throttleRate"], json!(rate));
    }
    relay.respond_status(StatusCode::OK);
    relay
}

async fn send(relay: &Relay, messages: u32) {
    for _ in 0..messages {
        relay.message(json!({})).await;
    }
}

/// Advances the clock by 60 s. Returns the number of deliveries to a host in each of the 60 seconds.
async fn minute(relay: &Relay, host: &str) -> Vec<usize> {
    let mut seconds = Vec::new();
    for _ in 0..60 {
        relay.advance("1s").await;
        let sent = relay.take_sent();
        let to_host = sent
            .iter()
            .filter(|sent| sent.url.host_str().is_some_and(|to| to.starts_with(host)));
        seconds.push(to_host.count());
    }
    seconds
}

/// Asserts that the average rate of the minute is `rate` ±5 %, and that no second has more than `rate` + 1 deliveries.
fn assert_rate(seconds: &[usize], rate: usize) {
    let total: usize = seconds.iter().sum();
    assert!(
        (rate * 57..=rate * 63).contains(&total),
        "{total}: {seconds:?}"
    );
    assert!(
        seconds.iter().all(|count| *count <= rate + 1),
        "{seconds:?}"
    );
}

#[whippet::test]
async fn an_endpoint_gets_its_rate() {
    for rate in [1, 7, 10] {
        let relay = with_rates(None, &[("hook", Some(rate))]).await;
        send(&relay, u32::from(rate) * 66).await;
        assert_rate(&minute(&relay, "hook").await, rate.into());
    }
}

#[whippet::test]
async fn all_endpoints_of_an_application_together_get_its_rate() {
    let relay = with_rates(Some(10), &[("one", None), ("two", None)]).await;
    send(&relay, 350).await;
    let seconds = minute(&relay, "").await;
    assert_rate(&seconds, 10);
}

#[whippet::test]
async fn a_slow_endpoint_uses_up_no_slots_of_its_application() {
    let relay = with_rates(Some(10), &[("slow", Some(1)), ("fast", None)]).await;
    send(&relay, 600).await;
    let (mut slow, mut all) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        relay.advance("1s").await;
        let sent = relay.take_sent();
        slow.push(
            sent.iter()
                .filter(|sent| sent.url.as_str().contains("slow"))
                .count(),
        );
        all.push(sent.len());
    }
    assert_rate(&all, 10);
    assert!(slow.iter().sum::<usize>() <= 63, "{slow:?}");
}

#[whippet::test]
async fn retries_take_slots_and_an_unthrottled_endpoint_does_not_wait() {
    let relay = with_rates(None, &[("hook", Some(2)), ("free", None)]).await;
    relay.respond(|request| {
        let status = match request.url.as_str().contains("hook") {
            true => StatusCode::INTERNAL_SERVER_ERROR,
            false => StatusCode::OK,
        };
        Ok(whippet::FetchResponse {
            status,
            headers: Default::default(),
            body: Default::default(),
        })
    });
    send(&relay, 100).await;
    relay.run_tasks().await;
    let sent = relay.take_sent();
    let free = sent
        .iter()
        .filter(|sent| sent.url.as_str().contains("free"))
        .count();
    assert_eq!((free, sent.len()), (100, 101));
    assert_rate(&minute(&relay, "hook").await, 2);
}

#[whippet::test]
async fn waiting_for_a_slot_is_not_a_failure() {
    let relay = with_rates(None, &[("hook", Some(1))]).await;
    send(&relay, 3).await;
    relay.run_tasks().await;
    let failures: Vec<Value> = relay
        .tasks()
        .await
        .iter()
        .map(|task| json!([task.failures, task.last_error]))
        .collect();
    assert_eq!(failures, [json!([0, null]), json!([0, null])]);
    relay.advance("2s").await;
    assert_eq!(relay.take_sent().len(), 3);
}
