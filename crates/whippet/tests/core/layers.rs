//! Layers around every request.

use whippet::App;
use whippet::axum::Extension;
use whippet::axum::extract::Request;
use whippet::axum::http::{HeaderValue, Method, StatusCode};
use whippet::axum::middleware::{Next, from_fn};
use whippet::axum::response::{IntoResponse, Response};
use whippet::routing::get;
use whippet::testing::TestApp;

async fn inner(request: Request, next: Next) -> Response {
    tag("inner", request, next).await
}

async fn outer(request: Request, next: Next) -> Response {
    tag("outer", request, next).await
}

async fn tag(name: &'static str, mut request: Request, next: Next) -> Response {
    request
        .headers_mut()
        .append("x-seen", HeaderValue::from_static(name));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .append("x-passed", HeaderValue::from_static(name));
    response
}

async fn closed(request: Request, next: Next) -> Response {
    match request.uri().path() {
        "/closed" => StatusCode::FORBIDDEN.into_response(),
        "/fails" => panic!("in a layer"),
        _ => next.run(request).await,
    }
}

async fn seen(Extension(word): Extension<&'static str>, request: Request) -> String {
    let seen = request.headers().get_all("x-seen").iter();
    let seen: Vec<_> = seen.map(|value| value.to_str().unwrap()).collect();
    format!("{word} {}", seen.join(" "))
}

async fn app() -> TestApp {
    TestApp::new(|_| {
        let app = App::new().route("/{any}", get(seen));
        let app = app.layer(Extension("word")).layer(from_fn(inner));
        Ok(app.layer(from_fn(outer)).layer(from_fn(closed)))
    })
    .await
}

#[whippet::test]
async fn the_layer_added_last_sees_a_request_first() {
    let answer = app().await.get("/a").await;
    assert_eq!(answer.text(), "word outer inner");
    let passed = answer.headers.get_all("x-passed").iter();
    assert_eq!(passed.collect::<Vec<_>>(), ["inner", "outer"]);
    assert_eq!(answer.header("x-request-id").len(), 32);
}

#[whippet::test]
async fn layers_see_what_no_route_answers_too() {
    let app = app().await;
    let missing = app.get("/no/such/path").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.json()["code"], "not_found");
    assert_eq!(missing.headers.get_all("x-passed").iter().count(), 2);
    let wrong = app.post("/a").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS");
    let head = app.request(Method::HEAD, "/a").await;
    assert_eq!(
        (head.header("content-length"), head.text()),
        ("16", String::new())
    );
    let options = app.request(Method::OPTIONS, "/a").await;
    assert_eq!(options.status, StatusCode::NO_CONTENT);
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_layer_may_answer_itself_or_panic() {
    let app = app().await;
    assert_eq!(app.get("/closed").await.status, StatusCode::FORBIDDEN);
    let failed = app.get("/fails").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.json()["code"], "internal");
    assert_eq!(app.get("/a").await.status, StatusCode::OK);
}
