//! Reminders and the feed.

use serde_json::json;
use whippet::axum::http::Method;

use crate::support::{Notes, sign_up};

#[whippet::test]
async fn the_feed_has_each_change_and_reminder(notes: Notes) {
    let mut events = notes.call(Method::GET, "/notes/events").stream().await;
    notes.create(json!({"title": "Tea"})).await;
    let event = events.next_event().await;
    let event = event.map(|event| (event.name, event.data, event.id));
    assert_eq!(
        event,
        Some((
            "created".to_owned(),
            "{\"note\":1}".to_owned(),
            "1".to_owned()
        ))
    );

    let reminder = json!({"at": "2026-01-01T06:00:00Z"});
    notes
        .call(Method::PUT, "/notes/1/reminder")
        .json(&reminder)
        .await
        .assert_status(204);
    assert_eq!(
        events.next_event().await.map(|event| event.name).as_deref(),
        Some("changed")
    );
    assert_eq!(
        events.next_event().await.map(|event| event.name).as_deref(),
        Some("reminded")
    );
    let now = notes.context().clock().now().to_string();
    assert!(
        ("2026-01-01T06:00:00.000Z".."2026-01-01T06:00:02.000Z").contains(&&*now),
        "{now}"
    );
}

#[whippet::test]
async fn a_feed_resumes_after_the_last_event(notes: Notes) {
    let other = sign_up(&notes, "bob@example.com", &["notes:write"]).await;
    notes
        .post("/notes")
        .bearer(&other)
        .json(&json!({"title": "Milk"}))
        .await
        .assert_status(201);
    notes.create(json!({"title": "Tea"})).await;
    notes
        .call(Method::DELETE, "/notes/2")
        .await
        .assert_status(204);
    let mut events = notes
        .call(Method::GET, "/notes/events")
        .header("last-event-id", "0")
        .stream()
        .await;
    for expected in ["created", "deleted"] {
        let event = events.next_event().await;
        assert_eq!(
            event.map(|event| (event.name, event.data)),
            Some((expected.to_owned(), "{\"note\":2}".to_owned()))
        );
    }
}

#[whippet::test]
async fn a_reminder_is_replaced_and_canceled(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let remind = |at| {
        notes
            .call(Method::PUT, "/notes/1/reminder")
            .json(&json!({"at": at}))
    };
    remind(Some("2026-01-01T01:00:00Z"))
        .await
        .assert_status(204);
    remind(Some("2026-01-01T02:00:00Z"))
        .await
        .assert_status(204);
    assert_eq!(notes.tasks().await.len(), 1);
    remind(None).await.assert_status(204);
    notes
        .call(Method::GET, "/notes/1")
        .await
        .assert_json_includes(json!({"remind_at": null}));
    assert_eq!(notes.tasks().await.len(), 0);
    remind(Some("2026-01-01T03:00:00Z"))
        .await
        .assert_status(204);
    notes
        .call(Method::DELETE, "/notes/1")
        .await
        .assert_status(204);
    assert_eq!(notes.tasks().await.len(), 0);
}
