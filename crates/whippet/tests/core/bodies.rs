//! The limit on a request's body.

use futures_util::stream;
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::{Request, StatusCode};
use whippet::routing::post;
use whippet::testing::TestApp;
use whippet::{App, DEFAULT_BODY_LIMIT, Json};

async fn length(Json(text): Json<String>) -> String {
    text.len().to_string()
}

async fn app(limit: usize) -> TestApp {
    TestApp::new(|_| Ok(App::new().body_limit(limit).route("/", post(length)))).await
}

/// A JSON string of this many bytes with its quotes.
fn string(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

#[whippet::test]
async fn a_body_of_the_limit_is_read_and_a_longer_one_refused() {
    for limit in [64, DEFAULT_BODY_LIMIT] {
        let app = app(limit).await;
        for (bytes, status) in [(limit, 200), (limit + 1, 413), (3 * limit, 413)] {
            let answer = app.post("/").json_text(string(bytes)).await;
            assert_eq!(answer.status, status, "{bytes}");
            let declared = app.post("/").header("content-length", &bytes.to_string());
            let answer = declared.json_text(string(bytes)).await;
            assert_eq!(answer.status, status, "{bytes} declared");
        }
    }
}

#[whippet::test]
async fn the_limit_is_one_mebibyte_unless_set() {
    let app = TestApp::new(|_| Ok(App::new().route("/", post(length)))).await;
    let answer = app.post("/").json_text(string(1024 * 1024 + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.json()["code"], "payload_too_large");
    let answer = app.post("/").json_text(string(1024 * 1024)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

async fn streamed(chunks: Vec<Result<Bytes, std::io::Error>>, declared: &str) -> StatusCode {
    let request = Request::post("/").header("content-type", "application/json");
    let request = match declared {
        "" => request,
        length => request.header("content-length", length),
    };
    let body = Body::from_stream(stream::iter(chunks));
    let app = app(64).await;
    app.service()
        .handle(request.body(body).unwrap())
        .await
        .status()
}

#[whippet::test]
async fn the_limit_holds_for_a_body_without_a_length() {
    let chunk = |text: &str| Ok(Bytes::from(text.to_owned()));
    let fits = vec![chunk("\""), chunk(&"x".repeat(62)), chunk("\"")];
    assert_eq!(streamed(fits, "").await, StatusCode::OK);
    let long = vec![chunk("\""), chunk(&"x".repeat(63)), chunk("\"")];
    assert_eq!(streamed(long, "").await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[whippet::test]
async fn a_body_that_says_it_is_longer_is_refused_unread() {
    let unread = || vec![Err(std::io::Error::other("it was read"))];
    for declared in ["65", "18446744073709551615"] {
        let status = streamed(unread(), declared).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{declared}");
    }
}

#[whippet::test]
async fn a_body_that_breaks_off_is_a_bad_request() {
    let broken = vec![Ok("\"".into()), Err(std::io::Error::other("reset"))];
    assert_eq!(streamed(broken, "").await, StatusCode::BAD_REQUEST);
}
