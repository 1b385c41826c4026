//! Loaders.

use serde_json::{Value, json};
use whippet::graphql::Limits;
use whippet::testing::TestApp;

use crate::kit::{ask, data, start};

async fn statements(app: &TestApp, query: &str) -> (usize, Value) {
    let before = app.statements().len();
    let body = ask(app, query).await.json();
    (app.statements().len() - before, body)
}

#[whippet::test]
async fn a_hundred_parents_with_children_are_two_statements() {
    let app = start(Limits::default(), 100).await;
    let (count, body) = statements(&app, "{ authors { id books { title } } }").await;
    assert_eq!(count, 2);
    let authors = body["data"]["authors"].as_array().unwrap();
    assert_eq!(authors.len(), 100);
    assert_eq!(
        authors[99],
        json!({"id": 100, "books": [{"title": "book 100"}]})
    );
    let line = &app.logs().with("message", "graphql operation")[0];
    assert_eq!(line["statements"], 2);
}

#[whippet::test]
async fn the_keys_of_all_fields_and_levels_are_collected() {
    let app = start(Limits::default(), 100).await;
    // Three batches are needed: the authors, their books, and the authors of the books. A batch has at most 40 keys.
    let query = "{ authors { name books { title author { name } } } }";
    let (count, body) = statements(&app, query).await;
    assert_eq!(count, 2 + 3);
    assert_eq!(
        body["data"]["authors"][41]["books"][0]["author"]["name"],
        "author 42"
    );
    // The fields `books` are in different places, but at the same level, so they share a batch.
    let query = "{ a: author(id: 1) { name } b: author(id: 2) { books { id } } c: author(id: 1) { books { title } } }";
    let (count, body) = statements(&app, query).await;
    assert_eq!(count, 2);
    assert_eq!(body["data"]["c"]["books"][0]["title"], "book 1");
}

#[whippet::test]
async fn each_key_is_read_once_in_a_request_and_again_in_the_next() {
    let app = start(Limits::default(), 2).await;
    let query = "{ author(id: 1) { name books { author { name books { author { name } } } } } }";
    let (count, _) = statements(&app, query).await;
    assert_eq!(count, 2);
    app.sql("update authors set name = 'renamed'").await;
    let renamed = data(&app, "{ author(id: 1) { name } }").await;
    assert_eq!(renamed, json!({"author": {"name": "renamed"}}));
}

#[whippet::test]
async fn a_key_without_a_value_is_null() {
    let app = start(Limits::default(), 1).await;
    assert_eq!(
        data(&app, "{ author(id: 99) { name } }").await,
        json!({"author": null})
    );
}

#[whippet::test]
async fn a_failed_load_fails_the_fields_that_wait_for_it() {
    let app = start(Limits::default(), 20).await;
    let (_, body) = statements(
        &app,
        "{ hello a: author(id: 666) { name } b: author(id: 1) { name } }",
    )
    .await;
    assert_eq!(
        body["data"],
        json!({"hello": "hello world", "a": null, "b": null})
    );
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0]["extensions"]["code"], "internal");
    assert!(!body.to_string().contains("locked"));
    // The cause is logged once.
    let lines = app.logs().with("message", "a resolver failed");
    assert_eq!(
        (lines.len(), &lines[0]["error"]),
        (1, &json!("author 666 is locked"))
    );
}

#[whippet::test]
async fn what_follows_a_mutation_reads_the_changed_values() {
    let limits = Limits {
        batch: 3,
        ..Limits::default()
    };
    let app = start(limits, 1).await;
    let rename = |name: &str| {
        format!("renameAuthor(id: 1, name: {name:?}) {{ books {{ author {{ name }} }} }}")
    };
    let books = |name: &str| json!({"books": [{"author": {"name": name}}]});
    let fields = format!("mutation {{ a: {} b: {} }}", rename("a"), rename("b"));
    let changed = data(&app, &fields).await;
    assert_eq!(changed, json!({"a": books("a"), "b": books("b")}));
    let query = "{ author(id: 1) { books { author { name } } } }";
    let batch = [query, &format!("mutation {{ c: {} }}", rename("c")), query]
        .map(|query| json!({"query": query}));
    let results = app.post("/graphql").json(&batch).await.json();
    assert_eq!(results[0]["data"]["author"], books("b"));
    assert_eq!(results[2]["data"]["author"], books("c"));
}
