//! `Idempotency-Key`.

use serde_json::{Value, json};
use std::time::Duration;
use whippet::axum::http::StatusCode;

use crate::support::{Relay, text};

const LIFETIME: Duration = Duration::from_secs(12 * 3600);

fn cases() -> [(&'static str, Value, Value); 3] {
    let endpoint = |url: &str| json!({"url": url});
    [
        ("/app", json!({"name": "a"}), json!({"name": "b"})),
        (
            "/app/acme/endpoint",
            endpoint("https://a.example"),
            endpoint("https://b.example"),
        ),
        (
            "/app/acme/msg",
            json!({"eventType": "a", "payload": {"n": 1}}),
            json!({"eventType": "a", "payload": {"n": 2}}),
        ),
    ]
}

#[whippet::test]
async fn a_request_with_the_same_key_and_body_gets_the_first_response() {
    for (path, body, _) in cases() {
        let relay = Relay::with_app().await;
        let first = relay.post_once(path, "k", &body).await;
        relay.advance(LIFETIME - Duration::from_millis(1)).await;
        let second = relay.post_once(path, "k", &body).await;
        assert!(first.status.is_success(), "{}", first.text());
        assert_eq!(second.status, first.status, "{path}");
        assert_eq!(second.json(), first.json(), "{path}");
    }
}

#[whippet::test]
async fn a_key_can_be_used_again_after_twelve_hours() {
    for (path, body, other) in cases() {
        let relay = Relay::with_app().await;
        let first = relay.post_once(path, "k", &body).await;
        relay.advance(LIFETIME).await;
        let second = relay.post_once(path, "k", &other).await;
        assert_eq!(second.status, first.status, "{path}");
        assert_ne!(second.json()["id"], first.json()["id"], "{path}");
    }
}

#[whippet::test]
async fn the_same_key_with_another_body_is_rejected() {
    for (path, body, other) in cases() {
        let relay = Relay::with_app().await;
        relay.post_once(path, "k", &body).await;
        let response = relay.post_once(path, "k", &other).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let error = &response.json()["errors"][0];
        assert_eq!(error["pointer"], "/idempotency-key");
        assert_eq!(error["code"], "reused");
    }
}

#[whippet::test]
async fn a_repeated_message_is_delivered_once() {
    let relay = Relay::with_endpoint().await;
    let body = json!({"eventType": "a", "payload": {}, "eventId": "e"});
    let path = "/app/acme/msg";
    let (a, b, c) = tokio::join!(
        relay.post_once(path, "k", &body),
        relay.post_once(path, "k", &body),
        relay.post_once(path, "k", &body)
    );
    for response in [&a, &b, &c] {
        assert_eq!(response.status, StatusCode::ACCEPTED);
        assert_eq!(response.json()["id"], a.json()["id"]);
    }
    let deliveries = "select count(*) from tasks where name = 'deliver'";
    assert_eq!(relay.count(deliveries).await, 1);
    assert_eq!(relay.count("select count(*) from messages").await, 1);
}

#[whippet::test]
async fn a_repeated_message_that_creates_its_application_is_created_once() {
    let relay = Relay::new().await;
    let body =
        json!({"eventType": "a", "payload": {}, "application": {"name": "New", "uid": "new"}});
    let first = relay.post_once("/app/new/msg", "k", &body).await;
    let second = relay.post_once("/app/new/msg", "k", &body).await;
    assert_eq!(second.json(), first.json());
    assert_eq!(relay.count("select count(*) from messages").await, 1);
}

#[whippet::test]
async fn keys_are_separate_for_each_application() {
    let relay = Relay::with_app().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    let body = json!({"eventType": "a", "payload": {}});
    for (path, key) in [
        ("/app/acme/msg", "k"),
        ("/app/other/msg", "k"),
        ("/app/acme/msg", "k2"),
    ] {
        let response = relay.post_once(path, key, &body).await;
        assert_eq!(response.status, StatusCode::ACCEPTED);
    }
    assert_eq!(relay.count("select count(*) from messages").await, 3);
}

#[whippet::test]
async fn a_failed_request_does_not_store_its_key() {
    let relay = Relay::with_app().await;
    let taken = json!({"name": "x", "uid": "acme"});
    let response = relay.post_once("/app", "k", &taken).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    let free = json!({"name": "x", "uid": "free"});
    let response = relay.post_once("/app", "k", &free).await;
    assert_eq!(response.status, StatusCode::CREATED);
}

#[whippet::test]
async fn the_key_of_a_deleted_resource_can_be_used_again() {
    let relay = Relay::new().await;
    let app = json!({"name": "x", "uid": "acme"});
    let endpoint = json!({"url": "https://a.example", "uid": "hook"});
    for _ in 0..2 {
        for (path, body, resource) in [
            ("/app", &app, "/app/acme"),
            ("/app/acme/endpoint", &endpoint, "/app/acme/endpoint/hook"),
        ] {
            let response = relay.post_once(path, "k", body).await;
            assert_eq!(response.status, StatusCode::CREATED);
            relay.read(resource).await;
        }
        relay.delete("/app/acme/endpoint/hook").await;
        let again = relay.post_once("/app/acme/endpoint", "k", &endpoint).await;
        assert_eq!(again.status, StatusCode::CREATED);
        relay.delete("/app/acme").await;
    }
}

#[whippet::test]
async fn the_id_and_the_uid_of_an_application_share_their_keys() {
    let relay = Relay::with_app().await;
    let id = text(&relay.read("/app/acme").await["id"]);
    let body = json!({"eventType": "a", "payload": {}});
    let by_uid = relay.post_once("/app/acme/msg", "k", &body).await;
    let by_id = relay.post_once(&format!("/app/{id}/msg"), "k", &body).await;
    assert_eq!(by_id.json(), by_uid.json());
    // After another application has taken the uid, the key is new.
    relay
        .put("/app/acme", json!({"name": "Acme", "uid": "old"}))
        .await;
    relay
        .create("/app", json!({"name": "New", "uid": "acme"}))
        .await;
    let other = relay.post_once("/app/acme/msg", "k", &body).await;
    assert_ne!(other.json()["id"], by_uid.json()["id"]);
}

#[whippet::test]
async fn a_task_removes_expired_keys_in_steps() {
    let relay = Relay::with_app().await;
    let fill = "with recursive n(n) as (select 1 union all select n + 1 from n where n < 50000) \
                insert into request_keys (key, fingerprint, resource_id, expires_at) \
                select 'application old-' || n, x'', 'app_x', 1 from n";
    relay.sql(fill).await;
    let keys = || relay.count("select count(*) from request_keys");
    // A request removes no keys of other requests.
    relay
        .post_once("/app", "first", &json!({"name": "a"}))
        .await;
    assert_eq!(keys().await, 50_001);
    relay.advance(LIFETIME - Duration::from_secs(600)).await;
    assert_eq!(keys().await, 50_001);
    relay
        .post_once("/app", "second", &json!({"name": "b"}))
        .await;
    assert_eq!(relay.count("select count(*) from tasks").await, 1);
    let before = relay.statements().len();
    relay.advance(Duration::from_secs(1200)).await;
    assert_eq!(keys().await, 1, "only the second key has not expired");
    let statements = relay.statements();
    let is_step = |sql: &str| sql.starts_with("delete from request_keys");
    let steps = statements[before..].iter().filter(|one| is_step(&one.sql));
    assert!((51..=53).contains(&steps.count()));
    // The task looks again each hour.
    relay.advance(LIFETIME).await;
    assert_eq!(keys().await, 0);
    relay
        .post_once("/app", "third", &json!({"name": "c"}))
        .await;
    relay.advance(LIFETIME + Duration::from_secs(3600)).await;
    assert_eq!(keys().await, 0);
    assert_eq!(relay.count("select count(*) from tasks").await, 1);
}

#[whippet::test]
async fn an_invalid_key_is_rejected() {
    let relay = Relay::new().await;
    let long = "k".repeat(257);
    for (key, status) in [
        ("", StatusCode::BAD_REQUEST),
        (&long, StatusCode::BAD_REQUEST),
        ("é", StatusCode::BAD_REQUEST),
        (&long[1..], StatusCode::CREATED),
    ] {
        let response = relay.post_once("/app", key, &json!({"name": "x"})).await;
        assert_eq!(response.status, status, "{key:?}");
    }
}
