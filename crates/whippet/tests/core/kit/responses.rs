//! Requests and assertions about their responses.

use serde_json::{Value, json};
use whippet::axum::extract::Request;
use whippet::routing::{get, put};
use whippet::testing::{Exchange, TestApp};
use whippet::{App, Problem};

async fn echo(request: Request) -> String {
    let kind = request.headers().get("content-type").cloned();
    let line = format!("{} {} {kind:?}", request.method(), request.uri());
    let body = whippet::axum::body::to_bytes(request.into_body(), 100);
    let body = body.await.unwrap();
    format!("{line} {}", String::from_utf8_lossy(&body))
}

async fn gone() -> Problem {
    Problem::not_found("the thing does not exist")
}

async fn app() -> TestApp {
    let app = App::new().route("/echo", put(echo).patch(echo).post(echo));
    TestApp::new(|_| Ok(app.route("/gone", get(gone)))).await
}

#[whippet::test]
async fn a_request_has_the_method_query_and_body_that_it_was_built_with() {
    let app = app().await;
    let put = app.put("/echo?a=1").query("b c", "d&é").query("n", 7);
    assert_eq!(put.await.text(), "PUT /echo?a=1&b%20c=d%26%C3%A9&n=7 None ");
    let patch = app.patch("/echo").json(&("x", 1)).await;
    let expected = r#"PATCH /echo Some("application/json") ["x",1]"#;
    assert_eq!(patch.text(), expected);
    let text = app.post("/echo").json_text("{ }").await.text();
    assert_eq!(text, r#"POST /echo Some("application/json") { }"#);
}

#[whippet::test]
async fn assertions_can_be_chained() {
    let app = app().await;
    let response = app.get("/gone").await;
    response
        .assert_status(404)
        .assert_problem(404, "not_found")
        .assert_header("content-type", "application/problem+json")
        .assert_header("x-none", "")
        .assert_json_includes(json!({"detail": "the thing does not exist"}))
        .assert_json(response.json());
    assert_eq!(response.read::<Value>()["status"], 404);
}

#[whippet::test]
async fn every_exchange_is_checked() {
    use std::sync::{Arc, Mutex};
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let check = move |exchange: &Exchange<'_>| {
        let status = exchange.response.status.as_u16();
        let line = format!("{} {} {status}", exchange.method, exchange.uri);
        notes.lock().unwrap().push(line);
        Ok(())
    };
    let build = |_: &whippet::Config| Ok(App::new().route("/gone", get(gone)));
    let app = TestApp::builder().check(check).start(build).await;
    app.get("/gone").await;
    app.post("/nothing?a=b").await;
    let seen = seen.lock().unwrap();
    assert_eq!(*seen, ["GET /gone 404", "POST /nothing?a=b 404"]);
}
