//! The page `/graphiql`. The page needs npm packages. These tests do not have them, so a separate browser test opens
//! the page.

use async_graphql::{EmptyMutation, EmptySubscription, Schema};
use whippet::graphql::{self, INTROSPECTION, Limits};
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, routes};

#[cfg(not(target_arch = "wasm32"))]
use crate::kit::start;
use crate::kit::{Query, app};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn open(app: &TestApp, path: &str) -> TestResponse {
    app.get(path).header("accept", BROWSER).await
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_browser_is_sent_to_the_page() {
    let app = start(Limits::default(), 1).await;
    let sent = open(&app, "/graphql").await;
    sent.assert_status(307)
        .assert_header("location", "graphiql?endpoint=graphql");
    let page = open(&app, "/graphiql?endpoint=graphql").await;
    page.assert_status(200)
        .assert_header("content-type", "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
    let own = app.get("/graphiql/graphiql.js").await;
    own.assert_status(200)
        .assert_header("content-type", "text/javascript; charset=utf-8");
    for path in [
        "/graphiql/nothing",
        "/graphiql/graphiql.html",
        "/graphiql/docs.js",
    ] {
        app.get(path).await.assert_problem(404, "not_found");
    }
    // If a browser opens a URL with a query, the query is executed.
    let result = open(&app, "/graphql?query=%7Bhello%7D").await;
    assert_eq!(result.text(), r#"{"data":{"hello":"hello world"}}"#);
}

#[whippet::test]
async fn the_page_is_off_if_clients_cannot_read_the_schema() {
    let app = TestApp::new(|_| Ok(app(Limits::default()))).await;
    assert_ne!(open(&app, "/graphql").await.status, 307);
    for path in ["/graphiql", "/graphiql/graphiql.js"] {
        let off = open(&app, path).await;
        off.assert_problem(404, "not_found");
        assert!(off.text().contains(INTROSPECTION), "{}", off.text());
    }
}

#[whippet::test]
async fn several_endpoints_with_prefixes_share_the_page() {
    let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
    let inner = graphql::routes("/graphql", schema).prefix("/v1");
    let outer = graphql::routes("/admin", schema);
    let app = App::new().routes(routes![].routes(inner).routes(outer));
    let builder = TestApp::builder().variable(INTROSPECTION, "true");
    let app = builder.start(|_| Ok(app)).await;
    open(&app, "/v1/graphql")
        .await
        .assert_header("location", "../graphiql?endpoint=v1/graphql");
    open(&app, "/admin")
        .await
        .assert_header("location", "graphiql?endpoint=admin");
}
