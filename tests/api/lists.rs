//! Lists that clients follow while items are created and deleted.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;
use whippet::query;

use crate::support::{Relay, each, text};

/// Starts Relay with two applications. One of them has two endpoints and two messages, and Relay has tried once to
/// deliver each message to each endpoint.
async fn with_items() -> Relay {
    let relay = Relay::with_endpoint().await;
    relay.create("/app", json!({"name": "Other"})).await;
    relay.endpoint("other", json!({})).await;
    relay.respond_status(StatusCode::OK);
    for _ in 0..2 {
        relay.message(json!({})).await;
        relay.run_tasks().await;
    }
    relay
}

/// The path of each list, with a statement that creates an item. The new item has a smaller id than all other items.
const LISTS: [(&str, &str); 4] = [
    (
        "/app",
        "insert into applications (id, name, metadata, created_at, updated_at) \
         select 'app_000000000000000000000000000', name, metadata, created_at, updated_at from applications limit 1",
    ),
    (
        "/app/acme/endpoint",
        "insert into endpoints \
         (id, app_id, url, description, metadata, headers, secret, disabled, created_at, updated_at) \
         select 'ep_000000000000000000000000000', app_id, url, description, metadata, headers, secret, disabled, \
         created_at, updated_at from endpoints limit 1",
    ),
    (
        "/app/acme/msg",
        "insert into messages (id, app_id, event_type, payload, created_at) \
         select 'msg_000000000000000000000000000', app_id, event_type, payload, created_at from messages limit 1",
    ),
    (
        "/app/acme/attempt/endpoint/hook",
        // The id of an attempt begins with its time.
        "insert into attempts \
         (message_id, endpoint_id, url, status, response_status, response, duration_ms, created_at) \
         select a.message_id, a.endpoint_id, a.url, a.status, a.response_status, a.response, a.duration_ms, 0 \
         from attempts a join endpoints e on e.id = a.endpoint_id where e.uid = 'hook' limit 1",
    ),
];

async fn ascending(relay: &Relay, list: &str, iterator: &str) -> Value {
    let path = format!("{list}?order=ascending&iterator={iterator}");
    relay.read(&path).await
}

/// A process that is slow, or whose clock is slow, commits an item after items with larger ids.
#[whippet::test]
async fn an_item_that_is_committed_late_is_not_missed() {
    for (list, insert) in LISTS {
        let relay = with_items().await;
        let first = ascending(&relay, list, "").await;
        assert_eq!(each(&first, "id").len(), 2, "{list}: {first}");

        query(insert).execute(&relay.context().db()).await.unwrap();
        let second = ascending(&relay, list, &text(&first["iterator"])).await;
        let late = each(&second, "id");
        assert_eq!(late.len(), 1, "{list}: {second}");
        assert!(late[0].contains("_00000000000"), "{list}: {second}");

        // The new item is the last item of the ascending list, and the first item of the descending list.
        let all = each(&ascending(&relay, list, "").await, "id");
        assert_eq!(all[..], [each(&first, "id"), late].concat());
        let descending = relay.read(&format!("{list}?order=descending")).await;
        assert!(each(&descending, "id").iter().rev().eq(&all), "{list}");
        let last = &all[2];
        let page = relay
            .read(&format!("{list}?order=descending&iterator={last}"))
            .await;
        assert!(each(&page, "id").iter().rev().eq(&all[..2]), "{list}");
        let page = relay
            .read(&format!("{list}?order=ascending&iterator=-{last}"))
            .await;
        assert_eq!(each(&page, "id"), all[..2], "{list}");
    }
}

#[whippet::test]
async fn the_iterator_of_an_empty_page_continues_with_later_items() {
    for (list, insert) in LISTS {
        let relay = with_items().await;
        let first = ascending(&relay, list, "").await;
        let empty = ascending(&relay, list, &text(&first["iterator"])).await;
        assert_eq!(
            (&empty["data"], &empty["done"]),
            (&json!([]), &json!(true)),
            "{list}"
        );
        let again = ascending(&relay, list, &text(&empty["iterator"])).await;
        assert_eq!(again, empty, "{list}");

        query(insert).execute(&relay.context().db()).await.unwrap();
        let later = ascending(&relay, list, &text(&again["iterator"])).await;
        assert_eq!(each(&later, "id").len(), 1, "{list}: {later}");
    }
}

#[whippet::test]
async fn an_iterator_continues_after_its_item_was_deleted() {
    let relay = Relay::with_app().await;
    for uid in ["a", "b", "c", "d", "e"] {
        relay.endpoint(uid, json!({})).await;
    }
    let list = "/app/acme/endpoint";
    let path = |order, query: &str| format!("{list}?order={order}&limit=3{query}");
    let up = relay.read(&path("ascending", "")).await;
    let down = relay.read(&path("descending", "")).await;
    let deleted = each(&up, "id")[2].clone();
    assert_eq!(deleted, each(&down, "id")[2]);
    relay.delete(&format!("{list}/c")).await;
    for (page, order, expected) in [
        (up, "ascending", ["d", "e"]),
        (down, "descending", ["b", "a"]),
    ] {
        for iterator in [&text(&page["iterator"]), &deleted] {
            let next = relay
                .read(&path(order, &format!("&iterator={iterator}")))
                .await;
            assert_eq!(each(&next, "uid"), expected, "{order} {iterator}");
        }
        let before = relay
            .read(&path(order, &format!("&iterator=-{deleted}")))
            .await;
        let mut expected = ["a", "b", "d", "e"].map(str::to_owned).to_vec();
        expected.retain(|uid| (uid.as_str() < "c") == (order == "ascending"));
        if order == "descending" {
            expected.reverse();
        }
        assert_eq!(each(&before, "uid"), expected, "{order}");
    }

    // Deletes the other items too, so that the list is empty. A request with the iterator then returns an empty last
    // page.
    for uid in ["a", "b", "d", "e"] {
        relay.delete(&format!("{list}/{uid}")).await;
    }
    for order in ["ascending", "descending"] {
        let next = relay
            .read(&path(order, &format!("&iterator={deleted}")))
            .await;
        assert_eq!((&next["data"], &next["done"]), (&json!([]), &json!(true)));
    }
}
