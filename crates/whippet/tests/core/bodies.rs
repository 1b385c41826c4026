//! The size limit of request bodies.

use futures_util::stream;
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::{Request, StatusCode};
use whippet::routing::post;
use whippet::testing::TestApp;
use whippet::{App, DEFAULT_BODY_LIMIT, Json};

/// Returns the length of the text in the request body.
async fn length(Json(text): Json<String>) -> String {
    text.len().to_string()
}

async fn app(limit: usize) -> TestApp {
    TestApp::new(|_| Ok(App::new().body_limit(limit).route("/", post(length)))).await
}

/// Returns a JSON string of this many bytes, including its quotes.
fn string(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

#[whippet::test]
async fn a_body_at_the_limit_is_read_and_a_longer_body_is_rejected() {
    for limit in [64, DEFAULT_BODY_LIMIT] {
        let app = app(limit).await;
        for (bytes, status) in [(limit, 200), (limit + 1, 413), (3 * limit, 413)] {
            let response = app.post("/").json_text(string(bytes)).await;
            assert_eq!(response.status, status, "{bytes}");
            let declared = app.post("/").header("content-length", &bytes.to_string());
            let response = declared.json_text(string(bytes)).await;
            assert_eq!(response.status, status, "{bytes} declared");
        }
    }
}

#[whippet::test]
async fn the_default_limit_is_one_mebibyte() {
    let app = TestApp::new(|_| Ok(App::new().route("/", post(length)))).await;
    let response = app.post("/").json_text(string(1024 * 1024 + 1)).await;
    assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(response.json()["code"], "payload_too_large");
    let response = app.post("/").json_text(string(1024 * 1024)).await;
    assert_eq!(response.status, StatusCode::OK);
}

/// Sends the chunks as a streamed body and returns the status of the response. `declared` is the value of the header
/// `content-length`. The header is omitted if `declared` is empty.
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
async fn the_limit_applies_to_a_body_without_a_content_length() {
    let chunk = |text: &str| Ok(Bytes::from(text.to_owned()));
    let fits = vec![chunk("\""), chunk(&"x".repeat(62)), chunk("\"")];
    assert_eq!(streamed(fits, "").await, StatusCode::OK);
    let long = vec![chunk("\""), chunk(&"x".repeat(63)), chunk("\"")];
    assert_eq!(streamed(long, "").await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[whippet::test]
async fn a_body_declared_over_the_limit_is_rejected_unread() {
    let unread = || vec![Err(std::io::Error::other("it was read"))];
    for declared in ["65", "18446744073709551615"] {
        let status = streamed(unread(), declared).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{declared}");
    }
}

#[whippet::test]
async fn a_truncated_body_is_a_bad_request() {
    let broken = vec![Ok("\"".into()), Err(std::io::Error::other("reset"))];
    assert_eq!(streamed(broken, "").await, StatusCode::BAD_REQUEST);
}
