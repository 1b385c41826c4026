//! Dependencies of resolvers, and guards.

use serde_json::{Value, json};
use whippet::graphql::Limits;

use crate::kit::{User, ask, data, start};

#[whippet::test]
async fn a_dependency_is_resolved_once_in_a_request() {
    let app = start(Limits::default(), 3).await;
    let before = app.statements().len();
    let query = "{ me again: me author(id: 1) { books { sales } } authors { books { sales } } }";
    let response = ask(&app, query).bearer("token-2").await;
    let body = response.assert_status(200).json();
    assert_eq!(body["data"]["me"], "author 2");
    assert_eq!(body["data"]["authors"][2]["books"][0]["sales"], 7);
    let statements = app.statements().split_off(before);
    let lookups = statements.iter().filter(|one| one.sql.contains("token-"));
    // The caller is looked up twice: once for all fields without scopes, and once for all fields with scopes. In REST,
    // there are also two lookups: one for the layers, and one for the operation.
    assert_eq!(lookups.count(), 2, "{statements:?}");
}

#[whippet::test]
async fn a_rejected_dependency_is_looked_up_once_and_fails_each_field() {
    let app = start(Limits::default(), 3).await;
    let before = app.statements().len();
    let query = "{ hello authors { books { title sales } } }";
    let body = ask(&app, query)
        .bearer("token-9")
        .await
        .assert_status(200)
        .json();
    assert_eq!(body["data"]["hello"], "hello world");
    assert_eq!(
        body["data"]["authors"][0]["books"][0],
        json!({"title": "book 1", "sales": Value::Null})
    );
    assert_eq!(body["errors"].as_array().unwrap().len(), 3);
    assert_eq!(
        body["errors"][0]["path"],
        json!(["authors", 0, "books", 0, "sales"])
    );
    assert_eq!(
        body["errors"][0]["extensions"]["code"],
        "authentication_failed"
    );
    let statements = app.statements().split_off(before);
    let lookups = statements.iter().filter(|one| one.sql.contains("token-"));
    assert_eq!(lookups.count(), 1);
    // Without a token, there is nothing to look up.
    let body = ask(&app, "{ me }").await.json();
    assert_eq!(body["data"], Value::Null);
}

#[whippet::test]
async fn a_guard_checks_scopes() {
    let app = start(Limits::default(), 1).await;
    let query = "{ author(id: 1) { books { sales draft } } }";
    let body = ask(&app, query).bearer("token-1").await.json();
    let book = &body["data"]["author"]["books"][0];
    assert_eq!(book, &json!({"sales": 7, "draft": Value::Null}));
    assert_eq!(
        body["errors"][0]["extensions"]["code"],
        "insufficient_scope"
    );
    assert_eq!(body["errors"][0]["extensions"]["status"], 403);
}

#[whippet::test]
async fn a_test_overrides_a_dependency() {
    let app = start(Limits::default(), 1)
        .await
        .with(User("Grace".to_owned()));
    assert_eq!(data(&app, "{ me }").await, json!({"me": "Grace"}));
    let books = data(&app, "{ author(id: 1) { books { draft } } }").await;
    assert_eq!(books["author"]["books"][0]["draft"], "a draft");
}
