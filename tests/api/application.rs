//! Applications.

use serde_json::json;
use whippet::axum::http::StatusCode;

use crate::support::{Relay, each, text};

#[whippet::test]
async fn a_returned_application_has_the_fields_that_it_was_created_with() {
    let relay = Relay::new().await;
    let body =
        json!({"name": "Acme", "uid": "acme", "throttleRate": 10, "metadata": {"plan": "pro"}});
    let created = relay.post("/app", &body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let created = created.json();
    let id = text(&created["id"]);
    assert!(id.starts_with("app_") && id.len() == 31, "{id}");
    let expected = json!({
        "id": id, "uid": "acme", "name": "Acme", "throttleRate": 10, "rateLimit": 10, "metadata": {"plan": "pro"},
        "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
    });
    assert_eq!(created, expected);
    assert_eq!(relay.read(&format!("/app/{id}")).await, expected);
    assert_eq!(relay.read("/app/acme").await, expected);
}

#[whippet::test]
async fn omitted_fields_are_null_or_empty() {
    let relay = Relay::new().await;
    let created = relay.create("/app", json!({"name": "x"})).await;
    assert_eq!(created["uid"], json!(null));
    assert_eq!(created["throttleRate"], json!(null));
    assert_eq!(created["metadata"], json!({}));
}

#[whippet::test]
async fn an_id_takes_precedence_over_an_equal_uid_of_an_earlier_version() {
    let relay = Relay::new().await;
    let first = relay.create("/app", json!({"name": "first"})).await;
    let id = text(&first["id"]);
    relay
        .create("/app", json!({"name": "second", "uid": "second"}))
        .await;
    relay
        .sql(&format!(
            "update applications set uid = '{id}' where uid = 'second'"
        ))
        .await;
    assert_eq!(relay.read(&format!("/app/{id}")).await["name"], "first");
    let message = json!({"eventType": "a", "payload": {}});
    relay.create(&format!("/app/{id}/msg"), message).await;
    let of_first = format!("select count(*) from messages where app_id = '{id}'");
    assert_eq!(relay.count(&of_first).await, 1);
}

#[whippet::test]
async fn a_uid_is_unique_and_get_if_exists_returns_the_existing_application() {
    let relay = Relay::with_app().await;
    let again = json!({"name": "Other", "uid": "acme"});
    let response = relay.post("/app", &again).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    assert_eq!(response.json()["code"], "conflict");

    let response = relay.post("/app?get_if_exists=true", &again).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.json()["name"], "Acme");
    let new = json!({"name": "New", "uid": "new"});
    let response = relay.post("/app?get_if_exists=true", &new).await;
    assert_eq!(response.status, StatusCode::CREATED);
    assert_eq!(relay.count("select count(*) from applications").await, 2);
}

#[whippet::test]
async fn concurrent_requests_with_one_uid_create_one_application() {
    let relay = Relay::new().await;
    let body = json!({"name": "Acme", "uid": "acme"});
    let path = "/app?get_if_exists=true";
    let (a, b) = tokio::join!(relay.post(path, &body), relay.post(path, &body));
    assert!(a.status.is_success() && b.status.is_success());
    assert_eq!(a.json()["id"], b.json()["id"]);
}

#[whippet::test]
async fn a_list_can_be_paged_forwards_and_backwards() {
    let relay = Relay::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        relay.create("/app", json!({"name": name})).await;
        relay.advance("1ms").await;
    }
    let first = relay.read("/app?limit=2").await;
    assert_eq!(each(&first, "name"), ["a", "b"]);
    assert_eq!(
        (&first["done"], &first["prevIterator"]),
        (&json!(false), &json!(null))
    );
    let next = text(&first["iterator"]);
    let second = relay.read(&format!("/app?limit=2&iterator={next}")).await;
    assert_eq!(each(&second, "name"), ["c", "d"]);
    let back = text(&second["prevIterator"]);
    let again = relay.read(&format!("/app?limit=2&iterator={back}")).await;
    assert_eq!(each(&again, "name"), ["a", "b"]);
    let next = text(&second["iterator"]);
    let last = relay.read(&format!("/app?limit=2&iterator={next}")).await;
    assert_eq!(each(&last, "name"), ["e"]);
    assert_eq!(last["done"], true);
    let reversed = relay.read("/app?order=descending").await;
    assert_eq!(each(&reversed, "name"), ["e", "d", "c", "b", "a"]);
}

/// The rows that belong to applications.
const ROWS: &str = "select (select count(*) from applications) + (select count(*) from endpoints) \
                    + (select count(*) from messages) + (select count(*) from attempts)";

#[whippet::test]
async fn a_deleted_application_is_hidden_at_once_and_removed_by_a_task() {
    let relay = Relay::with_endpoint().await;
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let dead = relay.message(json!({})).await;
    relay
        .sql("update tasks set state = 'dead', ready = 0")
        .await;
    let pending = relay.message(json!({})).await;
    assert_ne!(dead, pending);
    let kept = relay
        .create("/app", json!({"name": "Kept", "uid": "kept"}))
        .await;
    let id = text(&relay.read("/app/acme").await["id"]);
    assert_eq!(
        relay.delete("/app/acme").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(relay.count(ROWS).await, 7);
    let own_paths = [
        "",
        "/endpoint",
        "/endpoint/hook",
        "/endpoint/hook/secret",
        "/msg",
    ];
    for name in ["acme", &id] {
        for path in own_paths {
            let path = format!("/app/{name}{path}");
            assert_eq!(
                relay.get(&path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let path = format!("/app/{name}");
        assert_eq!(relay.delete(&path).await.status, StatusCode::NOT_FOUND);
        let patched = relay.patch(&path, json!({"uid": "taken"})).await;
        assert_eq!(patched.status, StatusCode::NOT_FOUND);
        let message = json!({"eventType": "a", "payload": {}});
        let sent = relay.post(&format!("{path}/msg"), message).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(relay.read("/app").await["data"], json!([kept]));
    // The uid is free before the task has run.
    let new = json!({"name": "New", "uid": "acme"});
    let new = relay.create("/app", new).await;
    relay.run_tasks().await;
    assert_eq!(relay.count(ROWS).await, 2);
    assert_eq!(relay.read("/app").await["data"], json!([kept, new]));
    assert!(relay.tasks().await.is_empty());
}

#[whippet::test]
async fn a_large_application_is_removed_in_steps() {
    let relay = Relay::with_app().await;
    let id = text(&relay.read("/app/acme").await["id"]);
    let numbers = "with recursive n(n) as (select 1 union all select n + 1 from n where n < 30000)";
    let fill = format!(
        "{numbers} insert into endpoints (id, app_id, url, description, metadata, headers, secret, disabled, \
           created_at, updated_at) select 'ep_' || n, '{id}', '', '', '{{}}', '{{}}', '', 0, 0, 0 from n where n <= 2500; \
         {numbers} insert into messages (id, app_id, event_type, payload, created_at) \
           select 'msg_' || n, '{id}', 'a', '{{}}', 0 from n; \
         {numbers} insert into attempts (message_id, endpoint_id, url, status, response_status, response, duration_ms, \
           created_at) select 'msg_' || (1 + n % 10), 'ep_1', '', 0, 200, '', 0, 0 from n where n > 20000"
    );
    relay.sql(&fill).await;
    relay.delete("/app/acme").await;
    let before = relay.statements().len();
    let ran = relay.advance("1h").await.ran;
    assert_eq!(relay.count(ROWS).await, 0);
    assert!(relay.tasks().await.is_empty());
    let statements = relay.statements();
    let is_step = |sql: &str| sql.starts_with("delete from endpoints");
    let steps = statements[before..]
        .iter()
        .filter(|statement| is_step(&statement.sql))
        .count();
    // A step removes at most 250 messages, and one attempt takes 2 steps.
    assert!(steps >= 120, "{steps} steps");
    assert_eq!(ran as usize, steps.div_ceil(2));
}
