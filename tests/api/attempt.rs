//! The lists of attempts, by message and by endpoint.

use serde_json::json;
use std::time::Duration;
use whippet::axum::http::StatusCode;
use whippet::{FetchError, FetchResponse};

use crate::support::{Relay, each, text};

#[whippet::test]
async fn an_attempt_has_the_response_of_the_endpoint() {
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| {
        Ok(FetchResponse {
            status: StatusCode::IM_A_TEAPOT,
            headers: Default::default(),
            body: "short and stout".into(),
        })
    });
    let message = relay.message(json!({})).await;
    relay.run_tasks().await;
    let list = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    let endpoint = relay.read("/app/acme/endpoint/hook").await;
    let id = text(&list["data"][0]["id"]);
    assert!(id.starts_with("atmpt_"), "{id}");
    let expected = json!({
        "id": id, "msgId": message, "endpointId": endpoint["id"], "url": "https://hook.example/in",
        "status": 2, "statusText": "fail", "responseStatusCode": 418, "response": "short and stout",
        "responseDurationMs": 0, "triggerType": 0, "timestamp": "2026-01-01T00:00:00.000Z",
    });
    assert_eq!(list["data"], json!([expected]));
    assert_eq!(list["done"], true);
    let list = relay.read("/app/acme/attempt/endpoint/hook").await;
    assert_eq!(list["data"], json!([expected]));
}

#[whippet::test]
async fn an_attempt_without_a_response_has_the_status_code_0_and_the_reason() {
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| Err(FetchError::Timeout(Duration::from_secs(20))));
    let message = relay.message(json!({})).await;
    relay.run_tasks().await;
    let list = relay
        .read(&format!("/app/acme/attempt/msg/{message}"))
        .await;
    assert_eq!(list["data"][0]["responseStatusCode"], 0);
    assert_eq!(list["data"][0]["response"], "no response within 20 s");
    assert_eq!(list["data"][0]["statusText"], "fail");
}

/// Sends two messages to two endpoints. The second message follows a minute later. `one` responds 500 to the first
/// message and 200 to the second. `two` does not respond.
async fn with_attempts() -> Relay {
    let relay = Relay::with_app().await;
    relay.endpoint("one", json!({})).await;
    relay.endpoint("two", json!({})).await;
    for (id, status) in [("a", 500), ("b", 200)] {
        relay.respond(move |request| match request.url.host_str() {
            Some("one.example") => Ok(FetchResponse {
                status: StatusCode::from_u16(status).unwrap(),
                headers: Default::default(),
                body: "hello".into(),
            }),
            _ => Err(FetchError::Connect("refused".to_owned())),
        });
        let more = json!({"eventId": id, "eventType": id, "channels": [id], "tags": [id]});
        relay.message(more).await;
        relay.run_tasks().await;
        relay.sql("delete from tasks").await;
        relay.advance("1m").await;
    }
    relay
}

#[whippet::test]
async fn a_list_by_endpoint_is_filtered_by_every_parameter() {
    let relay = with_attempts().await;
    for (path, expected) in [
        ("one", &[200, 500][..]),
        ("two", &[0, 0]),
        ("one?order=ascending", &[500, 200]),
        ("one?limit=1", &[200]),
        ("one?status=0", &[200]),
        ("one?status=2", &[500]),
        ("one?status=1", &[]),
        ("one?status=3", &[]),
        ("one?endpoint_id=one", &[200, 500]),
        ("one?endpoint_id=two", &[]),
        ("one?status_code_class=500", &[500]),
        ("one?status_code_class=400", &[]),
        ("two?status_code_class=0", &[0, 0]),
        ("one?event_types=a,z", &[500]),
        ("one?channel=b", &[200]),
        ("one?tag=a", &[500]),
        ("one?before=2026-01-01T00:00:30Z", &[500]),
        ("one?after=2026-01-01T00:00:30Z", &[200]),
    ] {
        let list = relay
            .read(&format!("/app/acme/attempt/endpoint/{path}"))
            .await;
        let items = list["data"].as_array().unwrap().iter();
        let found: Vec<_> = items
            .map(|item| item["responseStatusCode"].as_u64().unwrap())
            .collect();
        assert_eq!(found, expected, "{path}");
    }
}

#[whippet::test]
async fn a_list_by_message_has_the_attempts_at_every_endpoint() {
    let relay = with_attempts().await;
    let list = relay.read("/app/acme/attempt/msg/a").await;
    let mut urls = each(&list, "url");
    urls.sort();
    assert_eq!(urls, ["https://one.example/in", "https://two.example/in"]);
    let one = relay.read("/app/acme/attempt/msg/a?endpoint_id=one").await;
    assert_eq!(each(&one, "url"), ["https://one.example/in"]);
    let without_content = relay
        .read("/app/acme/attempt/msg/a?endpoint_id=one&with_content=false")
        .await;
    assert_eq!(each(&without_content, "response"), [""]);
}

#[whippet::test]
async fn attempts_remain_when_their_endpoint_is_deleted() {
    let relay = with_attempts().await;
    relay.delete("/app/acme/endpoint/one").await;
    let list = relay.read("/app/acme/attempt/msg/a").await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
}

#[whippet::test]
async fn a_missing_message_or_endpoint_is_404_and_an_invalid_parameter_is_422() {
    let relay = with_attempts().await;
    for path in [
        "msg/x",
        "endpoint/x",
        "msg/a?endpoint_id=x",
        "endpoint/one?endpoint_id=x",
    ] {
        let response = relay.get(&format!("/app/acme/attempt/{path}")).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "msg/a?status=9",
        "msg/a?status=4",
        "endpoint/one?status=4",
        "endpoint/one?status_code_class=150",
    ] {
        let response = relay.get(&format!("/app/acme/attempt/{path}")).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
}
