//! Changing endpoints.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::{Relay, text};

const HOOK: &str = "/app/acme/endpoint/hook";

/// Starts Relay with the endpoint `hook`, which has a value in every field.
async fn with_full_endpoint() -> (Relay, Value) {
    let relay = Relay::with_app().await;
    let endpoint = json!({
        "description": "d", "eventTypes": ["a"], "channels": ["blue"], "throttleRate": 5, "metadata": {"k": "v"},
        "headers": {"x-token": "t"},
    });
    let created = relay.endpoint("hook", endpoint).await;
    relay.advance("1s").await;
    (relay, created)
}

/// Replaces fields of a JSON object.
fn with(object: &Value, fields: Value) -> Value {
    let mut object = object.clone();
    let fields = fields.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(fields);
    object
}

/// Delivers a message, and returns the URL of the delivery and its header `x-token`.
async fn deliver(relay: &Relay, message: Value) -> (String, String) {
    relay.respond_status(StatusCode::OK);
    relay.message(message).await;
    relay.run_tasks().await;
    let sent = relay.take_sent().remove(0);
    let token = sent.headers.get("x-token");
    let token = token.map_or("", |token| token.to_str().unwrap());
    (sent.url.to_string(), token.to_owned())
}

#[whippet::test]
async fn a_patch_changes_only_the_fields_that_it_has() {
    let (relay, created) = with_full_endpoint().await;
    let later = json!({"updatedAt": "2026-01-01T00:00:01.000Z"});
    let mut expected = with(&created, later);
    for (patch, changed) in [
        (json!({}), json!({})),
        (
            json!({"url": "https://other.example/in"}),
            json!({"url": "https://other.example/in"}),
        ),
        (json!({"description": ""}), json!({"description": ""})),
        (
            json!({"eventTypes": ["b"]}),
            json!({"eventTypes": ["b"], "filterTypes": ["b"]}),
        ),
        (
            json!({"filterTypes": null}),
            json!({"eventTypes": null, "filterTypes": null}),
        ),
        (
            json!({"filterTypes": ["c"]}),
            json!({"eventTypes": ["c"], "filterTypes": ["c"]}),
        ),
        (json!({"channels": ["red"]}), json!({"channels": ["red"]})),
        (json!({"channels": null}), json!({"channels": null})),
        (
            json!({"throttleRate": null}),
            json!({"throttleRate": null, "rateLimit": null}),
        ),
        (
            json!({"rateLimit": 7, "version": 1}),
            json!({"throttleRate": 7, "rateLimit": 7}),
        ),
        (
            json!({"metadata": {"a": "b"}}),
            json!({"metadata": {"a": "b"}}),
        ),
        (json!({"disabled": true}), json!({"disabled": true})),
        (json!({"uid": "other"}), json!({"uid": "other"})),
        (json!({"uid": null}), json!({"uid": null})),
    ] {
        expected = with(&expected, changed);
        let path = format!("/app/acme/endpoint/{}", text(&created["id"]));
        let response = relay.patch(&path, patch.clone()).await;
        assert_eq!(response.status, 200, "{patch}: {}", response.text());
        assert_eq!(response.json(), expected, "{patch}");
        assert_eq!(relay.read(&path).await, expected, "{patch}");
    }
}

#[whippet::test]
async fn an_update_replaces_all_fields_but_the_secret_and_the_headers() {
    let (relay, created) = with_full_endpoint().await;
    let secret = relay.read(&format!("{HOOK}/secret")).await;
    let body = json!({"url": "https://other.example/in"});
    let path = format!("/app/acme/endpoint/{}", text(&created["id"]));
    let response = relay.put(&path, body).await;
    assert_eq!(response.status, 200);
    let expected = json!({
        "id": created["id"], "url": "https://other.example/in", "uid": null, "description": "",
        "eventTypes": null, "filterTypes": null, "channels": null, "disabled": false,
        "throttleRate": null, "rateLimit": null, "version": 1, "metadata": {},
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:01.000Z",
    });
    assert_eq!(response.json(), expected);
    assert_eq!(relay.read(&path).await, expected);
    assert_eq!(relay.read(&format!("{path}/secret")).await, secret);
    let delivered = deliver(&relay, json!({})).await;
    let other = "https://other.example/in".to_owned();
    assert_eq!(delivered, (other.clone(), "t".to_owned()));

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let bare = SECRET.trim_start_matches("whsec_");
    let body = json!({"url": other, "secret": bare, "headers": {}});
    assert_eq!(relay.put(&path, body).await.status, 200);
    let secret = relay.read(&format!("{path}/secret")).await;
    assert_eq!(secret["key"], SECRET);
    assert_eq!(deliver(&relay, json!({})).await, (other, String::new()));
}

#[whippet::test]
async fn an_update_of_an_unknown_endpoint_creates_it_if_the_path_has_its_uid() {
    let relay = Relay::with_app().await;
    let body = json!({"url": "https://hook.example/in", "uid": "hook", "eventTypes": ["a"]});
    let created = relay.put(HOOK, body.clone()).await;
    assert_eq!(created.status, 201);
    assert_eq!(relay.read(HOOK).await, created.json());
    let again = relay.put(HOOK, body.clone()).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json(), created.json());
    for (path, body) in [
        ("other", body.clone()),
        ("ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", body),
        ("other", json!({"url": "https://hook.example/in"})),
    ] {
        let path = format!("/app/acme/endpoint/{path}");
        assert_eq!(relay.put(&path, body.clone()).await.status, 404, "{path}");
        assert_eq!(relay.patch(&path, json!({})).await.status, 404, "{path}");
    }
    assert_eq!(relay.count("select count(*) from endpoints").await, 1);
}

#[whippet::test]
async fn an_update_has_the_rules_of_a_new_endpoint() {
    let relay = Relay::with_endpoint().await;
    relay.endpoint("taken", json!({})).await;
    let before = relay.read(HOOK).await;
    for (fields, status, pointer) in [
        (json!({"uid": "taken"}), 409, None),
        (json!({"uid": "a b"}), 422, Some("/uid")),
        (json!({"uid": ".."}), 422, Some("/uid")),
        (json!({"url": "ftp://a.example"}), 422, Some("/url")),
        (json!({"url": "http://127.0.0.1/"}), 422, Some("/url")),
        (json!({"url": null}), 422, Some("/url")),
        (json!({"eventTypes": []}), 422, Some("/eventTypes")),
        (
            json!({"filterTypes": ["a", "a"]}),
            422,
            Some("/filterTypes"),
        ),
        (json!({"channels": ["a b"]}), 422, Some("/channels")),
        (json!({"throttleRate": 0}), 422, Some("/throttleRate")),
        (json!({"rateLimit": 65_536}), 422, Some("/rateLimit")),
        (
            json!({"throttleRate": 1, "rateLimit": 2}),
            422,
            Some("/rateLimit"),
        ),
        (json!({"secret": "short"}), 422, Some("/secret")),
        (json!({"metadata": {"a": 1}}), 422, Some("/metadata/a")),
        (json!({"headers": {"host": "a"}}), 422, Some("/headers")),
        (json!({"unknown": 1}), 422, Some("/unknown")),
    ] {
        let whole = with(
            &json!({"url": "https://hook.example/in", "uid": "hook"}),
            fields.clone(),
        );
        for response in [
            relay.patch(HOOK, fields.clone()).await,
            relay.put(HOOK, whole).await,
        ] {
            assert_eq!(response.status, status, "{fields}: {}", response.text());
            if let Some(pointer) = pointer {
                assert_eq!(response.json()["errors"][0]["pointer"], pointer, "{fields}");
            }
        }
    }
    assert_eq!(relay.read(HOOK).await, before);
}

#[whippet::test]
async fn an_enabled_endpoint_gets_its_pending_deliveries_immediately_and_has_no_failures() {
    let relay = Relay::with([("RELAY_RETRY_SCHEDULE", "5d 5d")]).await;
    relay
        .create("/app", json!({"name": "Acme", "uid": "acme"}))
        .await;
    relay.endpoint("hook", json!({})).await;
    relay
        .endpoint("other", json!({"eventTypes": ["none"]}))
        .await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    for _ in 0..5 * 24 {
        relay.message(json!({})).await;
        relay.run_tasks().await;
        relay.advance("1h").await;
    }
    while relay.read(HOOK).await["disabled"] == false {
        relay.message(json!({})).await;
        relay.advance("1h").await;
    }
    let pending = relay.tasks().await.len();
    assert!(pending > 90, "{pending}");
    relay.take_sent();
    relay.respond_status(StatusCode::OK);
    let enabled = relay.patch(HOOK, json!({"disabled": false})).await;
    assert_eq!(enabled.json()["disabled"], false);
    let failures =
        "select count(*) from endpoints where failing_since > 0 or failed_at > 0 or failures > 0";
    assert_eq!(relay.count(failures).await, 0);
    relay.run_tasks().await;
    assert_eq!(relay.take_sent().len(), pending);
    assert!(relay.tasks().await.is_empty());
    // A new failure does not disable the endpoint again.
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    assert_eq!(relay.read(HOOK).await["disabled"], false);
}

#[whippet::test]
async fn an_update_of_an_enabled_endpoint_keeps_its_failures_and_retries() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let before = relay.tasks().await;
    let body = json!({"url": "https://hook.example/in", "uid": "hook", "disabled": false});
    assert_eq!(relay.put(HOOK, body).await.status, 200);
    assert_eq!(relay.tasks().await, before);
    assert_eq!(relay.count("select failures from endpoints").await, 1);
}

#[whippet::test]
async fn a_disabled_endpoint_gets_nothing() {
    let relay = Relay::with_endpoint().await;
    let body = json!({"url": "https://hook.example/in", "uid": "hook", "disabled": true});
    assert_eq!(relay.put(HOOK, body).await.json()["disabled"], true);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    assert!(relay.take_sent().is_empty());
}

#[whippet::test]
async fn deliveries_that_wait_for_a_slot_get_slots_of_the_new_rate() {
    let relay = Relay::with_app().await;
    relay.endpoint("hook", json!({"throttleRate": 1})).await;
    relay.respond_status(StatusCode::OK);
    for _ in 0..100 {
        relay.message(json!({})).await;
    }
    relay.run_tasks().await;
    assert_eq!(relay.take_sent().len(), 1);
    relay.patch(HOOK, json!({"throttleRate": 10})).await;
    let mut seconds = Vec::new();
    for _ in 0..10 {
        relay.advance("1s").await;
        seconds.push(relay.take_sent().len());
    }
    assert_eq!(seconds.iter().sum::<usize>(), 99, "{seconds:?}");
    assert!(seconds.iter().all(|sent| *sent <= 11), "{seconds:?}");

    for _ in 0..100 {
        relay.message(json!({})).await;
    }
    relay.run_tasks().await;
    relay.take_sent();
    relay.patch(HOOK, json!({"throttleRate": null})).await;
    relay.run_tasks().await;
    assert!(relay.take_sent().len() >= 90);
    assert!(relay.tasks().await.is_empty());
}
