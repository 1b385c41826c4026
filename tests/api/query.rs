//! Query parameters in the forms that Svix's SDKs send.

use serde_json::json;
use whippet::testing::TestResponse;

use crate::support::{Relay, each, text};

async fn with_messages() -> Relay {
    let relay = Relay::with_app().await;
    for event_type in ["a", "b", "c"] {
        let message = json!({"eventType": event_type, "payload": {}});
        relay.create("/app/acme/msg", message).await;
        relay.advance("1s").await;
    }
    relay
}

#[whippet::test]
async fn event_types_are_read_in_the_form_of_every_sdk() {
    let relay = with_messages().await;
    for (query, expected) in [
        ("event_types=a,b", &["b", "a"][..]),
        ("event_types=a%2Cb", &["b", "a"]),
        ("event_types=a&event_types=b", &["b", "a"]),
        ("event_types[]=a&event_types[]=b", &["b", "a"]),
        ("event_types%5B%5D=a", &["a"]),
        ("event_types[0]=a&event_types[1]=b", &["b", "a"]),
        ("event_types[]=a,b&event_types=c", &["c", "b", "a"]),
        ("event_types=z", &[]),
        ("other[]=z", &["c", "b", "a"]),
    ] {
        let list = relay.read(&format!("/app/acme/msg?{query}")).await;
        assert_eq!(each(&list, "eventType"), expected, "{query}");
    }
    let invalid: TestResponse = relay.get("/app/acme/msg?event_types[x]=a").await;
    assert_eq!(invalid.status, 422);
}

#[whippet::test]
async fn before_and_after_are_read_in_the_form_of_every_sdk() {
    let relay = with_messages().await;
    for time in [
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01.000000%2B00:00",
        "2026-01-01%2000:00:01.00%20UTC",
        "2026-01-01+00:00:01+UTC",
        "2026-01-01%2001:00:01%20%2B0100",
    ] {
        let before = relay.read(&format!("/app/acme/msg?before={time}")).await;
        assert_eq!(each(&before, "eventType"), ["a"], "{time}");
        let after = relay.read(&format!("/app/acme/msg?after={time}")).await;
        assert_eq!(each(&after, "eventType"), ["c"], "{time}");
    }
}

#[whippet::test]
async fn an_iterator_may_be_an_id_or_a_hyphen_and_an_id() {
    let relay = with_messages().await;
    relay.respond_status(whippet::axum::http::StatusCode::OK);
    for uid in ["a", "b", "c"] {
        relay.endpoint(uid, json!({})).await;
        relay.create("/app", json!({"name": uid})).await;
        relay.message(json!({})).await;
        relay.advance("1s").await;
    }
    relay.run_tasks().await;
    for path in [
        "/app",
        "/app/acme/endpoint",
        "/app/acme/msg",
        "/app/acme/attempt/endpoint/a",
    ] {
        for order in ["", "&order=ascending", "&order=descending"] {
            let all = each(&relay.read(&format!("{path}?{order}")).await, "id");
            assert!(all.len() >= 3, "{path}: {all:?}");
            let page = relay
                .read(&format!("{path}?iterator={}{order}", all[0]))
                .await;
            assert_eq!(each(&page, "id"), all[1..], "{path}{order}");
            let last = &all[all.len() - 1];
            let page = relay
                .read(&format!("{path}?limit=1&iterator=-{last}{order}"))
                .await;
            assert_eq!(each(&page, "id"), all[all.len() - 2..all.len() - 1]);
            let next = text(&page["iterator"]);
            let page = relay.read(&format!("{path}?iterator={next}{order}")).await;
            assert_eq!(
                each(&page, "id"),
                std::slice::from_ref(last),
                "{path}{order}"
            );
        }
    }
    for wrong in ["ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "msg_x", "-", "-x"] {
        let response = relay.get(&format!("/app/acme/msg?iterator={wrong}")).await;
        assert_eq!(response.status, 422, "{wrong}");
    }
}
