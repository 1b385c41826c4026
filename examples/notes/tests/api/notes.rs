//! Notes.

use serde_json::{Value, json};
use whippet::axum::http::Method;

use crate::support::{Notes, sign_up};

#[whippet::test]
async fn a_note_is_created_changed_and_deleted(notes: Notes) {
    let created = notes
        .call(Method::POST, "/notes")
        .json(&json!({"title": "Tea", "tags": ["shop"], "color": "green"}))
        .await;
    created
        .assert_status(201)
        .assert_header("location", "/notes/1")
        .assert_header("etag", "\"1\"");
    created.assert_json(json!({
        "id": 1, "title": "Tea", "text": "", "tags": ["shop"], "color": "green", "remind_at": null, "version": 1,
        "created_at": "2026-01-01T00:00:00.000Z", "changed_at": "2026-01-01T00:00:00.000Z",
    }));

    notes.advance("1m").await;
    let update = notes
        .call(Method::PATCH, "/notes/1")
        .header("if-match", "\"1\"");
    let changed = update.json(&json!({"text": "Green", "color": null})).await;
    changed.assert_status(200).assert_header("etag", "\"2\"").assert_json_includes(json!({
        "title": "Tea", "text": "Green", "tags": ["shop"], "color": null, "changed_at": "2026-01-01T00:01:00.000Z",
    }));
    assert_eq!(
        notes.call(Method::GET, "/notes/1").await.json(),
        changed.json()
    );

    notes
        .call(Method::DELETE, "/notes/1")
        .await
        .assert_status(204);
    notes
        .call(Method::GET, "/notes/1")
        .await
        .assert_problem(404, "not_found");
}

#[whippet::test]
async fn a_change_needs_the_current_version(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let update = || {
        notes
            .call(Method::PATCH, "/notes/1")
            .json(&json!({"title": "Coffee"}))
    };
    update().await.assert_problem(428, "precondition_required");
    update()
        .header("if-match", "\"7\"")
        .await
        .assert_problem(412, "precondition_failed");
    update()
        .header("if-match", "\"1\"")
        .await
        .assert_status(200);
    update()
        .header("if-match", "\"1\"")
        .await
        .assert_problem(412, "precondition_failed");
    let stale = notes
        .call(Method::DELETE, "/notes/1")
        .header("if-match", "\"1\"")
        .await;
    stale.assert_problem(412, "precondition_failed");
    notes
        .call(Method::GET, "/notes/1")
        .header("if-none-match", "\"2\"")
        .await
        .assert_status(304);
}

#[whippet::test]
async fn every_invalid_field_of_a_note_is_reported(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let invalid = json!({"title": "", "tags": ["a", ""], "color": "pink"});
    for (method, path) in [(Method::POST, "/notes"), (Method::PATCH, "/notes/1")] {
        let response = notes
            .call(method, path)
            .header("if-match", "\"1\"")
            .json(&invalid)
            .await;
        let errors = response.assert_problem(422, "validation").json()["errors"].clone();
        let mut pointers: Vec<_> = errors
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| error["pointer"].clone())
            .collect();
        pointers.sort_by_key(Value::to_string);
        assert_eq!(pointers, ["/color", "/tags/1", "/title"]);
    }
    let null = notes
        .call(Method::PATCH, "/notes/1")
        .header("if-match", "\"1\"")
        .json(&json!({"title": null}))
        .await;
    null.assert_problem(422, "validation");
}

#[whippet::test]
async fn pages_have_the_newest_notes_first_and_only_those_with_the_tag(notes: Notes) {
    for number in 1..=5 {
        let tag = if number == 3 { "odd one" } else { "other" };
        notes
            .create(json!({"title": number.to_string(), "tags": [tag]}))
            .await;
    }
    let first = notes.call(Method::GET, "/notes?limit=2").await.json();
    let ids = |page: &Value| {
        page["items"].as_array().map(|items| {
            items
                .iter()
                .map(|note| note["id"].clone())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(ids(&first), Some(vec![json!(5), json!(4)]));
    let next = notes
        .call(Method::GET, "/notes")
        .query("limit", 2)
        .query("cursor", first["next"].as_str().unwrap_or_default());
    assert_eq!(ids(&next.await.json()), Some(vec![json!(3), json!(2)]));
    let tagged = notes
        .call(Method::GET, "/notes")
        .query("tag", "odd one")
        .await;
    assert_eq!(ids(&tagged.json()), Some(vec![json!(3)]));
}

#[whippet::test]
async fn the_notes_of_another_account_do_not_exist(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let other = sign_up(&notes, "bob@example.com", &["notes:read", "notes:write"]).await;
    let page = notes.get("/notes").bearer(&other).await.json();
    assert_eq!(page["items"], json!([]));
    for (method, path, body) in [
        (Method::GET, "/notes/1", json!(null)),
        (Method::PATCH, "/notes/1", json!({"title": "Coffee"})),
        (Method::DELETE, "/notes/1", json!(null)),
        (
            Method::PUT,
            "/notes/1/reminder",
            json!({"at": "2026-01-01T00:01:00Z"}),
        ),
        (Method::GET, "/notes/1/attachments", json!(null)),
        (Method::GET, "/notes/1/attachments/1", json!(null)),
    ] {
        let request = notes
            .request(method, path)
            .bearer(&other)
            .header("if-match", "\"1\"")
            .json(&body);
        request.await.assert_problem(404, "not_found");
    }
    assert_eq!(notes.tasks().await.len(), 0);
}

#[whippet::test]
async fn a_note_is_created_once_for_an_idempotency_key(notes: Notes) {
    let create = || {
        notes
            .call(Method::POST, "/notes")
            .header("idempotency-key", "k1")
            .json(&json!({"title": "Tea"}))
    };
    let first = create().await;
    let again = create().await;
    again
        .assert_status(201)
        .assert_header("idempotent-replayed", "true")
        .assert_json(first.json());
    assert_eq!(notes.row::<i64>("select count(*) from notes").await, 1);
}
