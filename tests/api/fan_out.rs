//! Which endpoints get a message.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::testing::Call;

use crate::support::Relay;

/// Each line has the fields of an endpoint, the fields of a message, and whether the endpoint gets the message. Every
/// message has the type `user.created`.
const FILTERS: &str = r#"
{} | {} => true
{} | {"channels": ["x"]} => true
{"disabled": true} | {} => false
{"disabled": false} | {} => true
{"eventTypes": ["user.created"]} | {} => true
{"eventTypes": ["a", "user.created"]} | {} => true
{"eventTypes": ["user"]} | {} => false
{"eventTypes": ["USER.CREATED"]} | {} => false
{"channels": ["x"]} | {} => false
{"channels": ["x", "y"]} | {"channels": ["y", "z"]} => true
{"channels": ["x"]} | {"channels": ["z"]} => false
{"channels": ["x"], "eventTypes": ["a"]} | {"channels": ["x"]} => false
"#;

#[whippet::test]
async fn a_message_goes_to_the_endpoints_whose_filters_match() {
    for case in FILTERS.trim().lines() {
        let (filters, expected) = case.split_once(" => ").unwrap();
        let (endpoint, message) = filters.split_once(" | ").unwrap();
        let relay = Relay::with_app().await;
        relay
            .endpoint("hook", serde_json::from_str(endpoint).unwrap())
            .await;
        relay.message(serde_json::from_str(message).unwrap()).await;
        let found = !relay.tasks().await.is_empty();
        assert_eq!(found.to_string(), expected, "{case}");
    }
}

#[whippet::test]
async fn endpoints_of_other_applications_get_nothing() {
    let relay = Relay::with_endpoint().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    relay
        .create("/app/other/msg", json!({"eventType": "a", "payload": {}}))
        .await;
    assert!(relay.tasks().await.is_empty());
}

#[whippet::test]
async fn each_of_three_hundred_endpoints_gets_a_message_once() {
    let relay = Relay::with_app().await;
    for number in 0..300 {
        relay.endpoint(&format!("e{number}"), json!({})).await;
    }
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    assert_eq!(relay.tasks().await.len(), 300);
    assert_eq!(relay.run_tasks().await.ran, 300);
    let sent = relay.take_sent();
    let mut hosts: Vec<_> = sent.iter().filter_map(|sent| sent.url.host_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    assert_eq!((sent.len(), hosts.len()), (300, 300));
}

#[whippet::test]
async fn an_endpoint_that_hangs_does_not_delay_another_endpoint() {
    let relay = Relay::with_app().await;
    relay
        .endpoint("slow", json!({"eventTypes": ["slow"]}))
        .await;
    relay
        .endpoint("quick", json!({"eventTypes": ["quick"]}))
        .await;
    // The test host runs 16 tasks at the same time. At most half of them are deliveries to one endpoint.
    let slow = relay.expect(Call::post("https://slow.example/in"));
    let _slow = slow.reply(200).after("15s").times(8);
    let _quick = relay
        .expect(Call::post("https://quick.example/in"))
        .reply(200);
    for _ in 0..100 {
        relay.message(json!({"eventType": "slow"})).await;
    }
    relay.message(json!({"eventType": "quick"})).await;
    relay.advance("1s").await;
    let sent = relay.take_sent();
    assert!(
        sent.iter()
            .any(|sent| sent.url.host_str() == Some("quick.example"))
    );
    assert_eq!(sent.len(), 9);
    let delivered = "select count(*) from attempts";
    assert_eq!(relay.count(delivered).await, 1);
}
