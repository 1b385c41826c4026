//! The subscription of attempts.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;
use whippet::testing::TestStream;

use crate::support::{KEY, Relay, each, text};

/// Subscribes to the attempts of an application.
async fn subscribe<'a>(relay: &'a Relay, application: &str, after: Option<&str>) -> TestStream<'a> {
    let query =
        "subscription ($app: ID!, $after: ID) { attempts(applicationId: $app, after: $after) {
        id status message { eventId } endpoint { uid }
    } }";
    let body = json!({"query": query, "variables": {"app": application, "after": after}});
    let request = relay.deref().post("/graphql").bearer(KEY);
    let stream = request
        .header("accept", "text/event-stream")
        .json(&body)
        .stream()
        .await;
    assert_eq!(stream.status, StatusCode::OK);
    stream
}

/// Subscribes to the attempts that happen from now on.
async fn subscribe_now<'a>(relay: &'a Relay, application: &str) -> TestStream<'a> {
    let mut stream = subscribe(relay, application, None).await;
    // The subscription has started when the stream has sent its first comment.
    let chunk = stream.next_chunk().await.unwrap();
    assert!(chunk.starts_with(b":"), "{chunk:?}");
    stream
}

async fn next(stream: &mut TestStream<'_>) -> Value {
    let body: Value = stream.next_event().await.unwrap().read();
    assert_eq!(body["errors"], Value::Null, "{body}");
    body["data"]["attempts"].clone()
}

/// Creates a message of an application whose only endpoint is `hook`, and delivers the message.
async fn deliver(relay: &Relay, application: &str, event: &str) {
    let body = json!({"eventType": "a", "eventId": event, "payload": {"n": 1}});
    relay.create(&format!("/app/{application}/msg"), body).await;
    relay.run_tasks().await;
}

async fn with_two_applications() -> Relay {
    let relay = Relay::with_endpoint().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    let body = json!({"uid": "hook", "url": "https://other.example/"});
    relay.create("/app/other/endpoint", body).await;
    relay.respond_status(StatusCode::OK);
    relay
}

#[whippet::test]
async fn attempts_are_events_as_they_happen() {
    let relay = with_two_applications().await;
    deliver(&relay, "acme", "earlier").await;
    let mut stream = subscribe_now(&relay, "acme").await;
    deliver(&relay, "other", "foreign").await;
    deliver(&relay, "acme", "first").await;
    let first = next(&mut stream).await;
    let attempt = &relay.read("/app/acme/attempt/msg/first").await["data"][0];
    let expected = json!({
        "id": attempt["id"], "status": "SUCCESS", "message": {"eventId": "first"}, "endpoint": {"uid": "hook"},
    });
    assert_eq!(first, expected);
    relay.respond_status(StatusCode::BAD_GATEWAY);
    deliver(&relay, "acme", "second").await;
    let second = next(&mut stream).await;
    assert_eq!(
        (&second["status"], &second["message"]["eventId"]),
        (&json!("FAIL"), &json!("second"))
    );
}

#[whippet::test]
async fn a_subscription_continues_after_an_attempt() {
    let relay = with_two_applications().await;
    for event in ["m0", "m1", "m2"] {
        deliver(&relay, "acme", event).await;
        deliver(&relay, "other", event).await;
    }
    let attempts = relay
        .read("/app/acme/attempt/endpoint/hook?order=ascending")
        .await;
    let ids = each(&attempts, "id");
    for (after, expected) in [
        ("atmpt_000000000000000000000000000", &ids[..]),
        (&ids[0], &ids[1..]),
        (&ids[1], &ids[2..]),
    ] {
        let mut stream = subscribe(&relay, "acme", Some(after)).await;
        for id in expected {
            assert_eq!(text(&next(&mut stream).await["id"]), *id, "{after}");
        }
    }
    // A subscription can start after an attempt whose application was deleted.
    let foreign = relay
        .read("/app/other/attempt/endpoint/hook?order=ascending")
        .await;
    relay.delete("/app/other").await;
    let after = &each(&foreign, "id")[1];
    let mut stream = subscribe(&relay, "acme", Some(after)).await;
    assert_eq!(text(&next(&mut stream).await["id"]), ids[2]);
}

#[whippet::test]
async fn an_attempt_is_sent_even_if_newer_attempts_were_deleted() {
    let relay = with_two_applications().await;
    deliver(&relay, "acme", "m0").await;
    deliver(&relay, "other", "foreign").await;
    // The subscription starts after the attempt of the other application. When this attempt is deleted, SQLite gives
    // its `rowid` to the next attempt.
    let mut stream = subscribe_now(&relay, "acme").await;
    relay.delete("/app/other").await;
    deliver(&relay, "acme", "m1").await;
    assert_eq!(next(&mut stream).await["message"]["eventId"], "m1");
}

#[whippet::test]
async fn the_attempts_of_other_applications_are_read_once() {
    let relay = with_two_applications().await;
    deliver(&relay, "acme", "m0").await;
    let mut stream = subscribe_now(&relay, "acme").await;
    let other: String = relay
        .row("select id from applications where uid = 'other'")
        .await;
    let first = relay.count("select max(seq) from attempts").await;
    relay
        .sql(&format!(
            "insert into messages (id, app_id, event_type, payload, created_at) values ('msg_x', '{other}', 'a', '{{}}', 0); \
             with recursive n(n) as (select 1 union all select n + 1 from n where n < 1200) \
             insert into attempts (message_id, endpoint_id, url, status, response_status, response, duration_ms, \
             created_at) select 'msg_x', 'ep_x', '', 0, 200, '', 0, 17592186044415 from n"
        ))
        .await;
    let last = relay.statements().len();
    relay.advance("60s").await;
    assert!(stream.next_chunk().await.is_some());
    let statements = relay.statements();
    let reads = statements[last..]
        .iter()
        .filter(|statement| statement.sql.contains("limit 500"));
    let positions: Vec<_> = reads.map(|read| read.values[1].clone()).collect();
    // It takes three queries to get past the attempts of the other application. All later reads start after the last of
    // these attempts.
    let skipped = |n| whippet::Value::Integer(first + n);
    assert_eq!(positions[1..3], [skipped(500), skipped(1000)]);
    assert!(positions.len() > 5, "{positions:?}");
    assert!(
        positions[3..]
            .iter()
            .all(|position| *position == skipped(1200))
    );
    // The next attempt has a smaller id, but the subscription finds it by its `rowid`.
    deliver(&relay, "acme", "m1").await;
    assert_eq!(next(&mut stream).await["message"]["eventId"], "m1");
}

#[whippet::test]
async fn a_subscription_without_an_application_or_a_position_is_rejected() {
    let relay = Relay::with_app().await;
    for (application, after, code, pointer) in [
        ("none", None, "not_found", Value::Null),
        (
            "acme",
            Some("msg_000000000000000000000000000"),
            "validation",
            json!("/after"),
        ),
        ("acme", Some(""), "validation", json!("/after")),
    ] {
        let mut stream = subscribe(&relay, application, after).await;
        let body: Value = stream.next_event().await.unwrap().read();
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{body}");
        assert_eq!(extensions["errors"][0]["pointer"], pointer);
        assert_eq!(stream.next_event().await.unwrap().name, "complete");
    }
}
