//! The requests of Svix's 1.x SDKs, and the responses that these SDKs can read.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::Relay;

#[whippet::test]
async fn filter_types_is_an_old_name_of_event_types() {
    let relay = Relay::with_app().await;
    for (uid, filter) in [
        ("old", json!({"filterTypes": ["user.created"]})),
        ("new", json!({"eventTypes": ["user.created"]})),
        (
            "both",
            json!({"eventTypes": ["user.created"], "filterTypes": ["user.created"]}),
        ),
        (
            "null",
            json!({"eventTypes": null, "filterTypes": ["user.created"]}),
        ),
    ] {
        let created = relay.endpoint(uid, filter).await;
        let read = relay.read(&format!("/app/acme/endpoint/{uid}")).await;
        for endpoint in [created, read] {
            assert_eq!(endpoint["eventTypes"], json!(["user.created"]), "{uid}");
            assert_eq!(endpoint["filterTypes"], json!(["user.created"]), "{uid}");
            assert_eq!(endpoint["version"], 1, "{uid}");
        }
    }
    relay.message(json!({"eventType": "other"})).await;
    assert!(relay.tasks().await.is_empty());
    relay.message(json!({"eventType": "user.created"})).await;
    assert_eq!(relay.tasks().await.len(), 4);
}

#[whippet::test]
async fn rate_limit_is_an_old_name_of_throttle_rate() {
    let relay = Relay::new().await;
    let app = json!({"name": "Acme", "uid": "acme", "rateLimit": 7});
    let app = relay.create("/app", app).await;
    let endpoint = relay.endpoint("hook", json!({"rateLimit": 8})).await;
    for (resource, rate) in [(app, 7), (endpoint, 8)] {
        assert_eq!(resource["rateLimit"], rate);
        assert_eq!(resource["throttleRate"], rate);
    }
    assert_eq!(relay.read("/app").await["data"][0]["rateLimit"], 7);
    let list = relay.read("/app/acme/endpoint").await;
    assert_eq!(list["data"][0]["rateLimit"], 8);
}

#[whippet::test]
async fn a_body_of_a_1_x_sdk_with_every_field_is_accepted() {
    let relay = Relay::with_app().await;
    let endpoint = json!({
        "channels": null, "description": "", "disabled": false, "filterTypes": null, "headers": null, "metadata": {},
        "rateLimit": null, "secret": null, "throttleRate": null, "uid": null, "url": "https://a.example", "version": 1,
    });
    relay.create("/app/acme/endpoint", endpoint).await;
    let message = json!({
        "application": null, "channels": null, "deliverAt": null, "eventId": null, "eventType": "a", "payload": {},
        "payloadRetentionHours": 24, "payloadRetentionPeriod": 90, "tags": null, "transformationsParams": {},
    });
    relay.create("/app/acme/msg", message).await;
}

#[whippet::test]
async fn a_repeated_request_may_use_the_old_or_the_current_name() {
    let relay = Relay::with_app().await;
    let mut ids = Vec::new();
    for field in ["eventTypes", "filterTypes"] {
        let body = json!({"url": "https://a.example", field: ["a"]});
        let response = relay.post_once("/app/acme/endpoint", "key", &body).await;
        assert_eq!(response.status, StatusCode::CREATED);
        ids.push(response.json()["id"].clone());
    }
    assert!(ids[0].is_string() && ids[0] == ids[1], "{ids:?}");
    let other = json!({"url": "https://a.example", "filterTypes": ["b"]});
    let response = relay.post_once("/app/acme/endpoint", "key", &other).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.json()["errors"][0]["code"], Value::from("reused"));
}
