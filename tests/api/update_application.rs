//! Changing applications.

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::{Relay, text};

async fn with_full_application() -> (Relay, Value) {
    let relay = Relay::new().await;
    let app = json!({"name": "Acme", "uid": "acme", "throttleRate": 5, "metadata": {"k": "v"}});
    let created = relay.create("/app", app).await;
    relay.advance("1s").await;
    (relay, created)
}

#[whippet::test]
async fn a_patch_changes_only_the_fields_that_it_has() {
    let (relay, mut expected) = with_full_application().await;
    expected["updatedAt"] = json!("2026-01-01T00:00:01.000Z");
    let path = format!("/app/{}", text(&expected["id"]));
    for (patch, changed) in [
        (json!({"unknown": 1}), json!({})),
        (json!({"name": "Other"}), json!({"name": "Other"})),
        (json!({"uid": null}), json!({"uid": null})),
        (json!({"uid": "other"}), json!({"uid": "other"})),
        (
            json!({"throttleRate": null}),
            json!({"throttleRate": null, "rateLimit": null}),
        ),
        (
            json!({"rateLimit": 7}),
            json!({"throttleRate": 7, "rateLimit": 7}),
        ),
        (json!({"metadata": {}}), json!({"metadata": {}})),
    ] {
        let changed = changed.as_object().unwrap().clone();
        expected.as_object_mut().unwrap().extend(changed);
        let response = relay.patch(&path, patch.clone()).await;
        assert_eq!(response.status, 200, "{patch}: {}", response.text());
        assert_eq!(response.json(), expected, "{patch}");
        assert_eq!(relay.read(&path).await, expected, "{patch}");
    }
}

#[whippet::test]
async fn an_update_replaces_all_fields_or_creates_the_application_of_the_path() {
    let (relay, created) = with_full_application().await;
    let replaced = relay.put("/app/acme", json!({"name": "Other"})).await;
    assert_eq!(replaced.status, 200);
    assert_eq!(
        replaced.json(),
        json!({
            "id": created["id"], "uid": null, "name": "Other", "throttleRate": null, "rateLimit": null, "metadata": {},
            "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:01.000Z",
        })
    );
    let body = json!({"name": "New", "uid": "acme"});
    let new = relay.put("/app/acme", body.clone()).await;
    assert_eq!(new.status, 201);
    assert_ne!(new.json()["id"], created["id"]);
    let again = relay.put("/app/acme", body.clone()).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, new.json()));
    for (path, body) in [("other", body), ("other", json!({"name": "New"}))] {
        let response = relay.put(&format!("/app/{path}"), body).await;
        assert_eq!(response.status, 404);
    }
    let missing = relay.patch("/app/other", json!({})).await;
    assert_eq!(missing.status, 404);
}

#[whippet::test]
async fn an_update_has_the_rules_of_a_new_application() {
    let relay = Relay::with_app().await;
    relay
        .create("/app", json!({"name": "Taken", "uid": "taken"}))
        .await;
    let before = relay.read("/app/acme").await;
    for (fields, status, pointer) in [
        (json!({"uid": "taken"}), 409, None),
        (json!({"uid": "a b"}), 422, Some("/uid")),
        (json!({"name": ""}), 422, Some("/name")),
        (json!({"name": null}), 422, Some("/name")),
        (json!({"throttleRate": 0}), 422, Some("/throttleRate")),
        (
            json!({"throttleRate": 1, "rateLimit": 2}),
            422,
            Some("/rateLimit"),
        ),
    ] {
        let mut whole = json!({"name": "Acme", "uid": "acme"});
        let more = fields.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(more);
        let patched = relay.patch("/app/acme", fields.clone()).await;
        for response in [patched, relay.put("/app/acme", whole).await] {
            assert_eq!(response.status, status, "{fields}: {}", response.text());
            if let Some(pointer) = pointer {
                assert_eq!(response.json()["errors"][0]["pointer"], pointer, "{fields}");
            }
        }
    }
    assert_eq!(relay.read("/app/acme").await, before);
}

#[whippet::test]
async fn the_rate_of_an_application_changes_for_deliveries_that_wait() {
    let relay = Relay::new().await;
    let app = json!({"name": "Acme", "uid": "acme", "throttleRate": 1});
    relay.create("/app", app).await;
    for endpoint in ["a", "b"] {
        relay.endpoint(endpoint, json!({})).await;
    }
    relay.respond_status(StatusCode::OK);
    for _ in 0..20 {
        relay.message(json!({})).await;
    }
    relay.run_tasks().await;
    assert_eq!(relay.take_sent().len(), 1);
    relay
        .patch("/app/acme", json!({"throttleRate": null}))
        .await;
    relay.run_tasks().await;
    assert_eq!(relay.take_sent().len(), 39);
}
