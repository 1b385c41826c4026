//! Persisted queries, and lists of documents.

use async_graphql::Schema;
use serde_json::{Value, json};
use whippet::App;
use whippet::graphql::Endpoint;
use whippet::testing::TestApp;

use crate::kit::{Mutation, Query, Updates};

/// The SHA-256 hash of `{ hello }`.
const HASH: &str = "001c3174e099bd72b729d0c0a529ba9f5a740c446e2a6e1d71b283cb84ec3065";

async fn start(configure: impl FnOnce(Endpoint) -> Endpoint) -> TestApp {
    let endpoint = configure(Endpoint::new(|| Schema::build(Query, Mutation, Updates)));
    TestApp::new(|_| Ok(App::new().routes(endpoint.routes("/graphql")))).await
}

fn hashed(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}

#[whippet::test]
async fn a_document_is_remembered_by_its_hash() {
    let app = start(Endpoint::persisted_queries).await;
    let by_hash = json!({"extensions": hashed(HASH)});
    let unknown = app
        .post("/graphql")
        .json(&by_hash)
        .await
        .assert_status(200)
        .json();
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(
        unknown["errors"][0]["extensions"]["code"],
        "PERSISTED_QUERY_NOT_FOUND"
    );
    let with_text = json!({"query": "{ hello }", "extensions": hashed(HASH)});
    let hello = json!({"data": {"hello": "hello world"}});
    app.post("/graphql")
        .json(&with_text)
        .await
        .assert_json(hello.clone());
    app.post("/graphql")
        .json(&by_hash)
        .await
        .assert_json(hello.clone());
    let get = app.get("/graphql").query("extensions", hashed(HASH));
    get.await.assert_json(hello);
}

#[whippet::test]
async fn a_wrong_hash_and_an_invalid_document_are_not_remembered() {
    let app = start(Endpoint::persisted_queries).await;
    let wrong = json!({"query": "{ __typename }", "extensions": hashed(HASH)});
    app.post("/graphql").json(&wrong).await.assert_status(400);
    for extension in [
        json!(7),
        json!({}),
        json!({"version": 2, "sha256Hash": HASH}),
        json!({"version": 1}),
    ] {
        let request = json!({"query": "{ hello }", "extensions": {"persistedQuery": extension}});
        app.post("/graphql").json(&request).await.assert_status(400);
    }
}

#[whippet::test]
async fn a_server_without_persisted_queries_reports_it_to_the_client() {
    let app = start(|endpoint| endpoint).await;
    let body = app
        .post("/graphql")
        .json(&json!({"extensions": hashed(HASH)}))
        .await
        .json();
    assert_eq!(
        body["errors"][0]["extensions"]["code"],
        "PERSISTED_QUERY_NOT_SUPPORTED"
    );
}

#[whippet::test]
async fn only_the_documents_of_the_list_are_executed() {
    let app =
        start(|endpoint| endpoint.only(&["{ hello }", "query ($n: String!) { hello(name: $n) }"]))
            .await;
    let hello = json!({"data": {"hello": "hello world"}});
    app.post("/graphql")
        .json(&json!({"query": "{ hello }"}))
        .await
        .assert_json(hello.clone());
    app.post("/graphql")
        .json(&json!({"extensions": hashed(HASH)}))
        .await
        .assert_json(hello);
    for request in [
        json!({"query": "{ hello  }"}),
        json!({"query": "mutation { createAuthor(input: {name: \"x\"}) }"}),
        json!({"extensions": hashed(&"0".repeat(64))}),
    ] {
        let body = app
            .post("/graphql")
            .json(&request)
            .await
            .assert_status(403)
            .json();
        assert_eq!(
            body["errors"][0]["extensions"]["code"],
            "graphql_document_not_listed"
        );
    }
}
