//! The requests that a receiver of webhooks gets.

use relay::{Secret, sign, verify};
use serde_json::json;
use whippet::axum::http::{Method, StatusCode};
use whippet::host::OutboundRequest;
use whippet::testing::TestApp;

use crate::support::{KEY, Relay};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn header<'a>(request: &'a OutboundRequest, name: &str) -> &'a str {
    request.headers[name].to_str().unwrap()
}

fn check(request: &OutboundRequest, now: i64) {
    let [id, timestamp, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(request, name));
    let secret: Secret = SECRET.parse().unwrap();
    verify(&secret, id, timestamp, signature, &request.body, now).unwrap();
}

#[whippet::test]
async fn a_delivery_is_signed_and_has_the_exact_bytes_of_the_payload() {
    let relay = Relay::with_app().await;
    let more =
        json!({"secret": SECRET, "headers": {"x-token": "t", "Authorization": "Basic eA=="}});
    relay.endpoint("hook", more).await;
    relay.respond_status(StatusCode::NO_CONTENT);
    let payload = r#"{"z":1.0,  "n":9007199254740993,"é":"\u00e9\n"}"#;
    let body = format!(r#"{{"eventType":"a","payload":{payload}}}"#);
    let message = relay.create("/app/acme/msg", body).await;
    relay.run_tasks().await;

    let [request] = relay.take_sent().try_into().unwrap();
    assert_eq!(request.method, Method::POST);
    assert_eq!(request.url.as_str(), "https://hook.example/in");
    assert_eq!(request.body, payload.as_bytes());
    assert_eq!(header(&request, "webhook-id"), message["id"]);
    assert_eq!(header(&request, "content-type"), "application/json");
    assert!(header(&request, "user-agent").starts_with("Relay/"));
    assert_eq!(header(&request, "x-token"), "t");
    assert_eq!(header(&request, "authorization"), "Basic eA==");
    assert_eq!(request.response_limit, 16 * 1024);
    assert!(!request.allow_private);
    check(&request, relay.context().clock().now().as_seconds());
    let secret = SECRET.parse().unwrap();
    let expected = sign(
        &secret,
        message["id"].as_str().unwrap(),
        1_767_225_600,
        payload.as_bytes(),
    );
    assert_eq!(header(&request, "webhook-signature"), expected);
}

#[whippet::test]
async fn a_delivery_asks_for_a_response_without_compression() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let sent = relay.take_sent();
    assert_eq!(header(&sent[0], "accept-encoding"), "identity");
}

#[whippet::test]
async fn a_receiver_does_not_get_the_trace_of_the_sender() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::OK);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let app: &TestApp = &relay;
    let request = app.post("/api/v1/app/acme/msg").bearer(KEY);
    let request = request.json(&json!({"eventType": "a", "payload": {}}));
    let request = request.header("traceparent", parent);
    let accepted = request.header("tracestate", "rojo=1").await;
    accepted.assert_status(202);
    relay.run_tasks().await;
    let [sent] = relay.take_sent().try_into().unwrap();
    for name in ["traceparent", "tracestate", "x-request-id"] {
        assert!(!sent.headers.contains_key(name), "{name}");
    }
}

#[whippet::test]
async fn every_attempt_has_the_same_message_id_and_its_own_timestamp() {
    let relay = Relay::with_app().await;
    relay.endpoint("hook", json!({"secret": SECRET})).await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    let message = relay.message(json!({})).await;
    for _ in 0..3 {
        relay.run_next_task().await.unwrap();
        let [request] = relay.take_sent().try_into().unwrap();
        let now = relay.context().clock().now().as_seconds();
        assert_eq!(header(&request, "webhook-id"), message);
        assert_eq!(header(&request, "webhook-timestamp"), now.to_string());
        check(&request, now);
    }
}

#[whippet::test]
async fn each_endpoint_of_a_message_gets_a_different_signature() {
    let relay = Relay::with_app().await;
    relay.endpoint("a", json!({})).await;
    relay.endpoint("b", json!({})).await;
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let [a, b] = relay.take_sent().try_into().unwrap();
    assert_eq!(header(&a, "webhook-id"), header(&b, "webhook-id"));
    assert_ne!(
        header(&a, "webhook-signature"),
        header(&b, "webhook-signature")
    );
}

#[whippet::test]
async fn nothing_is_sent_once_the_endpoint_is_disabled_or_deleted_or_the_message_is_deleted() {
    for change in [
        "update endpoints set disabled = 1",
        "delete from endpoints",
        "delete from messages",
        "delete from applications",
        "update applications set deleted_at = 1",
    ] {
        let relay = Relay::with_endpoint().await;
        relay.respond_status(StatusCode::OK);
        relay.message(json!({})).await;
        relay.sql(change).await;
        assert_eq!(relay.run_tasks().await.ran, 1, "{change}");
        assert!(relay.take_sent().is_empty(), "{change}");
        assert!(relay.tasks().await.is_empty(), "{change}");
        assert_eq!(relay.count("select count(*) from attempts").await, 0);
    }
}

#[whippet::test]
async fn a_private_target_is_also_rejected_at_delivery() {
    let relay = Relay::with_endpoint().await;
    relay
        .sql("update endpoints set url = 'http://127.0.0.1:9/in'")
        .await;
    relay.respond_status(StatusCode::OK);
    let message = relay.message(json!({})).await;
    relay.run_tasks().await;
    assert!(relay.take_sent().is_empty());
    let list = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    assert_eq!(list["data"][0]["responseStatusCode"], 0);
    let reason = "127.0.0.1 is not on the public internet; calls to private networks are rejected";
    assert_eq!(list["data"][0]["response"], reason);
}

#[whippet::test]
async fn private_targets_are_called_if_the_configuration_allows_them() {
    let relay = Relay::with([("RELAY_ALLOW_PRIVATE_TARGETS", "true")]).await;
    relay
        .create("/app", json!({"name": "Acme", "uid": "acme"}))
        .await;
    relay
        .endpoint("hook", json!({"url": "http://localhost:9/in"}))
        .await;
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let [request] = relay.take_sent().try_into().unwrap();
    assert_eq!(request.url.as_str(), "http://localhost:9/in");
    assert!(request.allow_private);
}
