//! The size limit of request bodies.

use futures_util::{StreamExt, stream};
use whippet::axum::body::{Body, Bytes, to_bytes};
use whippet::axum::extract::FromRequest;
use whippet::axum::http::{Request, StatusCode};
use whippet::axum::middleware::{Next, from_fn};
use whippet::axum::response::{IntoResponse, Response};
use whippet::routing::post;
use whippet::testing::TestApp;
use whippet::{App, DEFAULT_BODY_LIMIT, Json, post, routes};

/// Returns the length of the text in the request body.
async fn length(Json(text): Json<String>) -> String {
    text.len().to_string()
}

async fn app(limit: usize) -> TestApp {
    TestApp::new(|_| Ok(App::new().body_limit(limit).route("/", post(length)))).await
}

/// Returns a JSON string that is `bytes` bytes long, including its quotes.
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
/// `content-length`. If `declared` is empty, no such header is sent.
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
    let unread = || vec![Err(std::io::Error::other("the body was read"))];
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

async fn bytes(body: Bytes) -> String {
    body.len().to_string()
}

async fn text(body: String) -> String {
    body.len().to_string()
}

async fn whole(request: whippet::axum::extract::Request) -> Result<String, Response> {
    let body = Bytes::from_request(request, &()).await;
    Ok(bytes(body.map_err(IntoResponse::into_response)?).await)
}

/// Returns the number of bytes that were read. If reading failed, also returns the error.
async fn stream_of(body: Body) -> String {
    let mut pieces = body.into_data_stream();
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => length += piece.len(),
            Err(error) => return format!("{length}, then {error}"),
        }
    }
    length.to_string()
}

#[post("/operation/bytes")]
async fn operation_bytes(body: Bytes) -> String {
    body.len().to_string()
}

#[post("/operation/text")]
async fn operation_text(body: String) -> String {
    body.len().to_string()
}

/// A layer that reads the body before the handler.
async fn read_first(request: whippet::axum::extract::Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let read = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    match read {
        Ok(bytes) => next.run(Request::from_parts(parts, bytes.into())).await,
        Err(rejection) => rejection.into_response(),
    }
}

async fn every_reader(limit: usize) -> TestApp {
    let app = App::new().body_limit(limit);
    let app = app
        .route("/json", post(length))
        .route("/bytes", post(bytes));
    let app = app
        .route("/text", post(text))
        .route("/request", post(whole));
    let app = app
        .route("/stream", post(stream_of))
        .routes(routes![operation_bytes, operation_text])
        .routes(routes![layered].layer(from_fn(read_first)));
    TestApp::new(|_| Ok(app)).await
}

#[post("/layered")]
async fn layered(Json(text): Json<String>) -> String {
    text.len().to_string()
}

#[whippet::test]
async fn the_limit_holds_for_every_reader_of_a_body() {
    const MEBIBYTE: usize = 1024 * 1024;
    for (limit, over) in [
        (64, 65),
        (MEBIBYTE, 3 * MEBIBYTE / 2),
        (10 * MEBIBYTE, 10 * MEBIBYTE + 1),
    ] {
        let app = every_reader(limit).await;
        for path in [
            "/json",
            "/bytes",
            "/text",
            "/request",
            "/operation/bytes",
            "/operation/text",
            "/layered",
        ] {
            // A body of 3 MB is over axum's own limit of 2 MB, which must not apply.
            for length in [limit, limit.min(3_000_000)] {
                let response = app.post(path).json_text(string(length)).await;
                assert_eq!(response.status, StatusCode::OK, "{length} to {path}");
            }
            for declared in [false, true] {
                let request = app.post(path).json_text(string(over));
                let request = match declared {
                    true => request.header("content-length", &over.to_string()),
                    false => request,
                };
                let response = request.await;
                response.assert_problem(413, "payload_too_large");
                let detail = format!("the body is over the limit of {limit} bytes");
                assert_eq!(response.json()["detail"], detail, "{path}");
            }
        }
        let stream = app.post("/stream").json_text(string(over)).await;
        assert_eq!(stream.text(), "0, then length limit exceeded");
    }
}

#[whippet::test]
async fn a_stream_of_a_body_fails_at_the_limit() {
    let app = every_reader(64).await;
    let piece = || Ok::<_, std::io::Error>(Bytes::from("x".repeat(30)));
    let post = |count| {
        let body = Body::from_stream(stream::iter((0..count).map(move |_| piece())));
        app.service()
            .handle(Request::post("/stream").body(body).unwrap())
    };
    for (count, expected) in [(2, "60"), (3, "60, then length limit exceeded")] {
        let body = to_bytes(post(count).await.into_body(), 1000).await.unwrap();
        assert_eq!(body, expected);
    }
}

#[whippet::test]
async fn a_body_that_cannot_be_read_is_a_problem_for_every_extractor() {
    let app = every_reader(64).await;
    for path in [
        "/bytes",
        "/text",
        "/request",
        "/operation/bytes",
        "/operation/text",
    ] {
        let broken = vec![Ok(Bytes::from("x")), Err(std::io::Error::other("reset"))];
        let request = Request::post(path).body(Body::from_stream(stream::iter(broken)));
        let response = app.service().handle(request.unwrap()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
    }
    let response = app.post("/operation/text").body(vec![0xff]).await;
    response.assert_problem(400, "bad_request");
}
