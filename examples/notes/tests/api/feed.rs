//! Reminders and the feed.

use serde_json::json;
use whippet::axum::http::Method;
use whippet::testing::TestApp;

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

    let reminder = json!({"at": "2026-01-01T00:10:00Z"});
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
        ("2026-01-01T00:10:00.000Z".."2026-01-01T00:10:02.000Z").contains(&&*now),
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

#[whippet::test]
async fn a_client_that_reconnects_before_its_first_event_misses_nothing(notes: Notes) {
    notes.create(json!({"title": "Tea"})).await;
    let mut feed = notes.call(Method::GET, "/notes/events").stream().await;
    let start = feed.next_chunk().await;
    assert_eq!(start.as_deref(), Some(&b"id: 1\n\n"[..]));
    drop(feed);
    notes.create(json!({"title": "Milk"})).await;
    let feed = notes
        .call(Method::GET, "/notes/events")
        .header("last-event-id", "1");
    let event = feed.stream().await.next_event().await;
    assert_eq!(
        event.map(|event| event.data).as_deref(),
        Some("{\"note\":2}")
    );
}

#[whippet::test]
async fn a_feed_ends_after_its_token() {
    let app = TestApp::builder().variable("NOTES_TOKEN_LIFETIME", "1m");
    let app = app.start(notes::app).await;
    let token = sign_up(&app, "ada@example.com", &["notes:read"]).await;
    let mut feed = app.get("/notes/events").bearer(&token).stream().await;
    let start = app.context().clock().now();
    assert_eq!(feed.next_event().await, None);
    let lasted = app.context().clock().now().since(start).as_secs();
    assert!((60..=76).contains(&lasted), "{lasted}");
}

#[whippet::test]
async fn a_feed_ends_when_its_account_signs_out(notes: Notes) {
    let mut feed = notes.call(Method::GET, "/notes/events").stream().await;
    notes
        .call(Method::DELETE, "/tokens/current")
        .await
        .assert_status(204);
    assert_eq!(feed.next_event().await, None);
}

#[whippet::test]
async fn a_feed_over_the_limit_closes_the_oldest_feed_of_its_account() {
    let app = TestApp::builder().variable("NOTES_FEEDS_PER_ACCOUNT", "2");
    let app = app.start(notes::app).await;
    let scopes = ["notes:read", "notes:write"];
    let ada = sign_up(&app, "ada@example.com", &scopes).await;
    let bob = sign_up(&app, "bob@example.com", &scopes).await;
    let feed = |token| app.get("/notes/events").bearer(token).stream();
    let mut other = feed(&bob).await;
    let mut oldest = feed(&ada).await;
    let mut feeds = [feed(&ada).await, feed(&ada).await];
    assert_eq!(oldest.next_event().await, None);
    for token in [&ada, &bob] {
        let note = app.post("/notes").bearer(token);
        let note = note.json(&json!({"title": "Tea"})).await;
        note.assert_status(201);
    }
    for feed in feeds.iter_mut().chain([&mut other]) {
        assert!(feed.next_event().await.is_some());
    }
    assert_eq!(app.row::<i64>("select count(*) from feeds").await, 3);
}
