//! Subscriptions, as server-sent events.

use serde_json::{Value, json};
use whippet::graphql::Limits;
use whippet::testing::{TestApp, TestRequest};

use crate::kit::{data, start};

fn subscribe<'a>(app: &'a TestApp, query: &str) -> TestRequest<'a> {
    app.post("/graphql")
        .header("accept", "text/event-stream")
        .json(&json!({"query": query}))
}

async fn events(app: &TestApp, query: &str) -> Vec<(String, Value)> {
    let mut stream = subscribe(app, query).stream().await;
    assert_eq!(
        (stream.status.as_u16(), &stream.headers["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    let mut events = Vec::new();
    while let Some(event) = stream.next_event().await {
        let data = if event.data.is_empty() {
            Value::Null
        } else {
            event.read()
        };
        events.push((event.name, data));
    }
    events
}

fn complete() -> (String, Value) {
    ("complete".to_owned(), Value::Null)
}

#[whippet::test]
async fn each_result_is_an_event_and_the_stream_is_completed() {
    let app = start(Limits::default(), 3).await;
    let query = "subscription Count { count(to: 3) { id books { title author { name } } } }";
    let before = app.statements().len();
    let next = |id: i64| {
        let author = json!({"name": format!("author {id}")});
        let books = json!([{"title": format!("book {id}"), "author": author}]);
        (
            "next".to_owned(),
            json!({"data": {"count": {"id": id, "books": books}}}),
        )
    };
    assert_eq!(
        events(&app, query).await,
        [next(1), next(2), next(3), complete()]
    );
    assert_eq!(app.statements().len() - before, 6);
    let line = app.logs().with("operation", "Count")[0].clone();
    assert_eq!(
        (&line["operation_type"], &line["statements"]),
        (&json!("subscription"), &json!(6))
    );
}

#[whippet::test]
async fn queries_and_errors_are_streamed_too() {
    let app = start(Limits::default(), 1).await;
    let hello = ("next".to_owned(), json!({"data": {"hello": "hello world"}}));
    assert_eq!(events(&app, "{ hello }").await, [hello, complete()]);
    for query in ["{", "subscription { nothing }", "subscription { rejected }"] {
        let events = events(&app, query).await;
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!((&*events[0].0, &events[1]), ("next", &complete()));
        assert!(
            events[0].1["errors"][0]["message"].is_string(),
            "{events:?}"
        );
    }
    let rejected = events(&app, "subscription { rejected }").await;
    assert_eq!(
        rejected[0].1["errors"][0]["extensions"]["code"],
        "not_found"
    );
}

#[whippet::test]
async fn a_subscription_needs_a_client_that_accepts_events() {
    let app = start(Limits::default(), 1).await;
    let query = json!({"query": "subscription { rejected }"});
    app.post("/graphql").json(&query).await.assert_status(406);
    let both = app
        .post("/graphql")
        .header("accept", "application/json, text/event-stream");
    both.json(&query)
        .await
        .assert_header("content-type", "text/event-stream");
    let both = app
        .post("/graphql")
        .header("accept", "application/json, text/event-stream");
    both.json(&json!({"query": "{ hello }"}))
        .await
        .assert_json(json!({"data": {"hello": "hello world"}}));
}

#[whippet::test]
async fn a_client_that_goes_away_ends_the_operation() {
    let app = start(Limits::default(), 9).await;
    let mut stream = subscribe(&app, "subscription Gone { count(to: 9) { id } }")
        .stream()
        .await;
    assert_eq!(stream.next_event().await.unwrap().name, "next");
    assert!(app.logs().with("operation", "Gone").is_empty());
    drop(stream);
    app.post("/graphql")
        .json(&json!({"query": "{ hello }"}))
        .await;
    let before = app.statements().len();
    app.advance("60s").await;
    assert_eq!(app.statements().len(), before);
}

#[whippet::test]
async fn rows_are_events_when_they_appear_and_an_idle_stream_reads_less_often() {
    let app = start(Limits::default(), 3).await;
    let before = app.statements().len();
    let mut stream = subscribe(&app, "subscription { booksAdded(after: 0) { id } }")
        .stream()
        .await;
    for id in 1..=3 {
        let event = stream.next_event().await.unwrap();
        let data: Value = event.read();
        assert_eq!(data, json!({"data": {"booksAdded": {"id": id}}}));
    }
    // The rows arrived in two reads, 500 ms apart.
    assert_eq!(app.statements().len() - before, 2);
    let (_, comment) = (app.advance("60s").await, stream.next_chunk().await);
    assert!(comment.is_some());
    let idle = app.statements().len() - before - 2;
    assert!(idle <= 12, "{idle} reads in a minute");
    app.sql("insert into books values (9, 1, 'new')").await;
    let event = stream.next_event().await.unwrap();
    assert_eq!(event.read::<Value>()["data"]["booksAdded"]["id"], 9);
    drop(stream);
    app.sql("drop table books").await;
    let mut stream = subscribe(&app, "subscription { booksAdded(after: 0) { id } }")
        .stream()
        .await;
    let failed: Value = stream.next_event().await.unwrap().read();
    assert_eq!(failed["errors"][0]["extensions"]["code"], "internal");
    assert_eq!(stream.next_event().await.unwrap().name, "complete");
}

#[whippet::test]
async fn the_work_after_the_response_runs_at_the_end_of_a_stream() {
    let app = start(Limits::default(), 1).await;
    let events = events(&app, "{ cleanup }").await;
    assert_eq!(events.len(), 2);
    let author = data(&app, "{ author(id: 1) { name } }").await;
    assert_eq!(author["author"]["name"], "cleaned");
}
