//! Messages.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::{Relay, each, text};

#[whippet::test]
async fn a_message_is_accepted_before_anything_is_delivered() {
    let relay = Relay::with_endpoint().await;
    let body = json!({
        "eventType": "user.created", "eventId": "evt-1", "payload": {"b": 1, "a": 2},
        "channels": ["c"], "tags": ["t"],
    });
    let created = relay.post("/app/acme/msg", &body).await;
    assert_eq!(created.status, StatusCode::ACCEPTED);
    assert!(relay.take_sent().is_empty());
    let created = created.json();
    let id = text(&created["id"]);
    assert!(id.starts_with("msg_") && id.len() == 31, "{id}");
    let expected = json!({
        "id": id, "eventType": "user.created", "eventId": "evt-1", "payload": {"b": 1, "a": 2},
        "channels": ["c"], "tags": ["t"], "timestamp": "2026-01-01T00:00:00.000Z",
    });
    assert_eq!(created, expected);
    assert_eq!(relay.read(&format!("/app/acme/msg/{id}")).await, expected);
    assert_eq!(relay.read("/app/acme/msg/evt-1").await, expected);
}

#[whippet::test]
async fn payloads_are_returned_unless_with_content_is_false() {
    let relay = Relay::with_app().await;
    let body = json!({"eventType": "a", "eventId": "e", "payload": {"secret": 1}});
    let created = relay
        .create("/app/acme/msg?with_content=false", &body)
        .await;
    assert_eq!(created["payload"], json!({}));
    for (path, payload) in [
        ("/app/acme/msg/e", json!({"secret": 1})),
        ("/app/acme/msg/e?with_content=true", json!({"secret": 1})),
        ("/app/acme/msg/e?with_content=false", json!({})),
    ] {
        assert_eq!(relay.read(path).await["payload"], payload, "{path}");
    }
    let list = relay.read("/app/acme/msg?with_content=false").await;
    assert_eq!(list["data"][0]["payload"], json!({}));
}

#[whippet::test]
async fn an_event_id_is_unique_within_its_application() {
    let relay = Relay::with_app().await;
    relay
        .create("/app", json!({"name": "Other", "uid": "other"}))
        .await;
    let body = json!({"eventType": "a", "eventId": "e", "payload": {}});
    relay.create("/app/acme/msg", &body).await;
    let again = relay.post("/app/acme/msg", &body).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(relay.count("select count(*) from messages").await, 1);
    relay.create("/app/other/msg", &body).await;
    assert_eq!(
        relay.read("/app/acme/msg").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// Creates a message, and then advances the virtual clock by a minute.
async fn create(relay: &Relay, id: &str, event_type: &str, more: Value) {
    let mut body = json!({"eventId": id, "eventType": event_type});
    let fields = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    relay.message(body).await;
    relay.advance("1m").await;
}

#[whippet::test]
async fn a_list_is_filtered_by_every_parameter() {
    let relay = Relay::with_app().await;
    create(&relay, "1", "a", json!({"channels": ["x"], "tags": ["t"]})).await;
    create(&relay, "2", "b", json!({"channels": ["x", "y"]})).await;
    create(&relay, "3", "a", json!({"tags": ["t", "u"]})).await;
    create(&relay, "4", "c", json!({})).await;
    for (filter, expected) in [
        ("", &["4", "3", "2", "1"][..]),
        ("?order=ascending", &["1", "2", "3", "4"]),
        ("?event_types=a", &["3", "1"]),
        ("?event_types=b,c", &["4", "2"]),
        ("?channel=x", &["2", "1"]),
        ("?channel=y&event_types=a", &[]),
        ("?tag=t", &["3", "1"]),
        ("?after=2026-01-01T00:01:00Z", &["4", "3"]),
        ("?before=2026-01-01T00:01:00Z", &["1"]),
        ("?before=2026-01-01T02:01:00%2B02:00", &["1"]),
        ("?limit=3&tag=t&order=ascending", &["1", "3"]),
    ] {
        let list = relay.read(&format!("/app/acme/msg{filter}")).await;
        assert_eq!(each(&list, "eventId"), expected, "{filter}");
    }
    let page = relay.read("/app/acme/msg?limit=1&tag=t").await;
    let path = format!(
        "/app/acme/msg?limit=1&tag=t&iterator={}",
        text(&page["iterator"])
    );
    let page = relay.read(&path).await;
    assert_eq!(each(&page, "eventId"), ["1"]);
}

#[whippet::test]
async fn a_message_can_create_its_application() {
    let relay = Relay::new().await;
    let body =
        json!({"eventType": "a", "payload": {}, "application": {"name": "New", "uid": "new"}});
    relay.create("/app/new/msg", &body).await;
    assert_eq!(relay.read("/app/new").await["name"], "New");
    relay.create("/app/new/msg", &body).await;
    assert_eq!(relay.count("select count(*) from applications").await, 1);
    assert_eq!(relay.count("select count(*) from messages").await, 2);

    let response = relay.post("/app/another/msg", &body).await;
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.json()["errors"][0]["pointer"], "/application/uid");
    assert_eq!(
        relay.get("/app/another").await.status,
        StatusCode::NOT_FOUND
    );
}

#[whippet::test]
async fn a_payload_is_stored_byte_for_byte() {
    let relay = Relay::with_app().await;
    let payload = r#"{"z":1.0,  "n":9007199254740993,"é":"\u00e9"}"#;
    let body = format!(r#"{{"eventType":"a","eventId":"e","payload":{payload}}}"#);
    relay.create("/app/acme/msg", &body).await;
    let response = relay.get("/app/acme/msg/e").await;
    assert!(response.text().contains(payload), "{}", response.text());
    let list = relay.get("/app/acme/msg").await;
    assert!(list.text().contains(payload), "{}", list.text());
}
