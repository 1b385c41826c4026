//! Endpoints.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::{Relay, each, text};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

async fn secret(relay: &Relay, id: &str) -> String {
    let response = relay.read(&format!("/app/acme/endpoint/{id}/secret")).await;
    assert_eq!(response.as_object().unwrap().len(), 1);
    text(&response["key"])
}

#[whippet::test]
async fn a_returned_endpoint_has_all_fields_that_it_was_created_with_except_secret_and_headers() {
    let relay = Relay::with_app().await;
    let body = json!({
        "url": "https://example.com/hook?a=1", "uid": "hook", "description": "d",
        "eventTypes": ["user.created", "a"], "channels": ["blue"], "disabled": true,
        "secret": SECRET, "throttleRate": 5, "metadata": {"k": "v"}, "headers": {"X-Token": "t"},
    });
    let created = relay.post("/app/acme/endpoint", &body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let created = created.json();
    let id = text(&created["id"]);
    assert!(id.starts_with("ep_") && id.len() == 30, "{id}");
    let expected = json!({
        "id": id, "url": "https://example.com/hook?a=1", "uid": "hook", "description": "d",
        "eventTypes": ["user.created", "a"], "channels": ["blue"], "disabled": true,
        "filterTypes": ["user.created", "a"], "throttleRate": 5, "rateLimit": 5, "version": 1,
        "metadata": {"k": "v"},
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
    });
    assert_eq!(created, expected);
    assert_eq!(
        relay.read(&format!("/app/acme/endpoint/{id}")).await,
        created
    );
    assert_eq!(relay.read("/app/acme/endpoint/hook").await, created);
}

#[whippet::test]
async fn omitted_filters_are_null_and_the_endpoint_is_enabled() {
    let relay = Relay::with_app().await;
    let created = relay.endpoint("hook", json!({})).await;
    assert_eq!(created["eventTypes"], Value::Null);
    assert_eq!(created["filterTypes"], Value::Null);
    assert_eq!(created["rateLimit"], Value::Null);
    assert_eq!(created["channels"], Value::Null);
    assert_eq!(created["disabled"], false);
    assert_eq!(created["description"], "");
}

#[whippet::test]
async fn a_generated_secret_is_the_prefix_and_base64_of_24_random_bytes() {
    let relay = Relay::with_app().await;
    let mut seen = std::collections::HashSet::new();
    for uid in ["a", "b"] {
        relay.endpoint(uid, json!({})).await;
        let key = secret(&relay, uid).await;
        let bytes = STANDARD.decode(key.strip_prefix("whsec_").unwrap());
        assert_eq!(bytes.unwrap().len(), 24);
        assert!(seen.insert(key));
    }
}

#[whippet::test]
async fn a_given_secret_is_returned_with_its_prefix() {
    let relay = Relay::with_app().await;
    relay.endpoint("a", json!({"secret": SECRET})).await;
    let bare = SECRET.trim_start_matches("whsec_");
    relay.endpoint("b", json!({"secret": bare})).await;
    assert_eq!(secret(&relay, "a").await, SECRET);
    assert_eq!(secret(&relay, "b").await, SECRET);
}

#[whippet::test]
async fn a_uid_is_unique_only_within_its_application() {
    let relay = Relay::with_endpoint().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    let body = json!({"url": "https://example.com", "uid": "hook"});
    let response = relay.post("/app/acme/endpoint", &body).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    relay.create("/app/other/endpoint", &body).await;
}

#[whippet::test]
async fn an_endpoint_of_another_application_is_not_found() {
    let relay = Relay::with_app().await;
    let id = text(&relay.endpoint("hook", json!({})).await["id"]);
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    for id in [id.as_str(), "hook"] {
        let path = format!("/app/other/endpoint/{id}");
        assert_eq!(relay.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(relay.delete(&path).await.status, StatusCode::NOT_FOUND);
        let secret = relay.get(&format!("{path}/secret")).await;
        assert_eq!(secret.status, StatusCode::NOT_FOUND);
    }
    relay.read("/app/acme/endpoint/hook").await;
}

#[whippet::test]
async fn a_list_has_only_the_endpoints_of_its_application_newest_first() {
    let relay = Relay::with_app().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    let other = json!({"url": "https://example.com", "uid": "z"});
    relay.create("/app/other/endpoint", other).await;
    for uid in ["a", "b", "c"] {
        relay.advance("1ms").await;
        relay.endpoint(uid, json!({})).await;
    }
    let page = relay.read("/app/acme/endpoint?limit=2").await;
    assert_eq!(each(&page, "uid"), ["c", "b"]);
    let next = text(&page["iterator"]);
    let page = relay
        .read(&format!("/app/acme/endpoint?limit=2&iterator={next}"))
        .await;
    assert_eq!(each(&page, "uid"), ["a"]);
    assert_eq!(page["done"], true);
}

#[whippet::test]
async fn a_deleted_endpoint_is_404_and_its_uid_can_be_used_again() {
    let relay = Relay::with_endpoint().await;
    let path = "/app/acme/endpoint/hook";
    assert_eq!(relay.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(relay.get(path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(relay.delete(path).await.status, StatusCode::NOT_FOUND);
    relay.endpoint("hook", json!({})).await;
}
