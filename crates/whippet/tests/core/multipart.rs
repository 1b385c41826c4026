//! Uploads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use whippet::axum::body::{Body, Bytes};
use whippet::axum::http::{Request, StatusCode};
use whippet::extract::Multipart;
use whippet::routing::post;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Json, Problem};

/// Returns the name, file name, content type and text of each part.
async fn list(mut form: Multipart) -> Result<Json<Vec<Value>>, Problem> {
    let mut parts = Vec::new();
    while let Some(part) = form.next_part().await? {
        let (name, file) = (part.name().to_owned(), part.file_name().map(str::to_owned));
        let kind = part.content_type().map(str::to_owned);
        parts.push(json!([name, file, kind, part.text().await?]));
    }
    Ok(Json(parts))
}

/// Returns the names of the parts, without reading their contents.
async fn names(mut form: Multipart) -> Result<String, Problem> {
    let mut names = String::new();
    while let Some(part) = form.next_part().await? {
        names.push_str(part.name());
    }
    Ok(names)
}

async fn small(form: Multipart) -> Result<Json<Vec<usize>>, Problem> {
    let mut form = form.part_limit(10);
    let mut lengths = Vec::new();
    while let Some(part) = form.next_part().await? {
        lengths.push(part.bytes().await?.len());
    }
    Ok(Json(lengths))
}

async fn first(mut form: Multipart) -> Result<String, Problem> {
    match form.next_part().await? {
        Some(part) => part.text().await,
        None => Ok(String::new()),
    }
}

fn app() -> App {
    let app = App::new().body_limit(600).route("/", post(list));
    let app = app
        .route("/names", post(names))
        .route("/small", post(small));
    app.route("/first", post(first))
}

fn send(path: &str, content_type: &str, body: impl Into<Bytes>) -> TestResponse {
    block_on(async {
        let app = TestApp::new(|_| Ok(app())).await;
        app.post(path)
            .header("content-type", content_type)
            .body(body)
            .await
    })
}

const FORM: &str = "multipart/form-data; boundary=X-y";

const TWO: &str = "preamble\r\n--X-y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--X-y  \r\n\
    content-type: text/plain\r\ncontent-disposition: form-data; name=\"b\"; filename=\"f é.txt\"\r\n\r\ntwo\r\n\
    \r\n--X\r\n-\r\n--X-y--\r\nepilogue";

fn two() -> Value {
    json!([
        ["a", null, null, "one"],
        ["b", "f é.txt", "text/plain", "two\r\n\r\n--X\r\n-"]
    ])
}

#[whippet::test]
fn fields_and_files_are_read_in_order() {
    for content_type in [FORM, "Multipart/Form-Data;Boundary=\"X-y\"; charset=utf-8"] {
        let response = send("/", content_type, TWO);
        assert_eq!(
            (response.status, response.json()),
            (StatusCode::OK, two()),
            "{content_type}"
        );
    }
    assert_eq!(send("/names", FORM, TWO).text(), "ab");
    assert_eq!(send("/first", FORM, TWO).text(), "one");
    assert_eq!(send("/", FORM, "--X-y--").json(), json!([]));
    let empty = "--X-y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--X-y--";
    assert_eq!(
        send("/", FORM, empty).json(),
        json!([["a", null, null, ""]])
    );
}

/// Sends a body in these chunks, without a `Content-Length`.
async fn stream_body(
    path: &str,
    pieces: Vec<Result<Bytes, std::io::Error>>,
) -> (StatusCode, Bytes) {
    let body = Body::from_stream(stream::iter(pieces));
    let request = Request::post(path)
        .header("content-type", FORM)
        .body(body)
        .unwrap();
    let app = TestApp::new(|_| Ok(app())).await;
    let (parts, body) = app.service().handle(request).await.into_parts();
    (
        parts.status,
        whippet::axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap(),
    )
}

#[whippet::test]
fn a_body_is_read_in_chunks_of_any_size() {
    block_on(async {
        for size in 1..=TWO.len() {
            let pieces = TWO
                .as_bytes()
                .chunks(size)
                .map(|piece| Ok(Bytes::from(piece)));
            let (status, body) = stream_body("/", pieces.collect()).await;
            assert_eq!(status, StatusCode::OK, "{size}");
            assert_eq!(
                serde_json::from_slice::<Value>(&body).unwrap(),
                two(),
                "{size}"
            );
        }
    });
}

#[whippet::test]
fn the_body_is_read_only_as_far_as_needed() {
    block_on(async {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let start = "--X-y\r\nContent-Disposition: form-data; name=a\r\n\r\nfirst\r\n--X-y\r\n";
        let pieces = stream::iter(std::iter::once(start).chain(std::iter::repeat("x")));
        let pieces = pieces.inspect(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let body = Body::from_stream(pieces.map(Ok::<_, std::io::Error>));
        let request = Request::post("/first")
            .header("content-type", FORM)
            .body(body)
            .unwrap();
        let app = TestApp::new(|_| Ok(app())).await;
        assert_eq!(app.service().handle(request).await.status(), StatusCode::OK);
        assert_eq!(read.load(Ordering::Relaxed), 1);
    });
}

#[whippet::test]
fn a_body_that_is_not_valid_multipart_is_malformed() {
    let part = |head: &str| format!("--X-y\r\n{head}\r\n\r\nx\r\n--X-y--");
    let long = "x".repeat(100);
    for body in [
        "".to_owned(),
        "x".to_owned(),
        "--X-y".to_owned(),
        "--X-y\r\n".to_owned(),
        "--X-y-".to_owned(),
        "--other\r\n\r\n--other--".to_owned(),
        TWO[..TWO.len() - 20].to_owned(),
        part(""),
        part("Content-Disposition: form-data"),
        part("Content-Disposition: attachment; name=a"),
        part("Content-Type: text/plain"),
        "--X-y\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--X-y more\r\n".to_owned(),
        "--X-y\r\nContent-Disposition: form-data; name=a\r\n\r\nx".to_owned(),
        long,
    ] {
        let response = send("/", FORM, body.clone());
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(response.json()["code"], "malformed_multipart", "{body}");
    }
    let head = b"--X-y\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--X-y--";
    assert_eq!(
        send("/", FORM, head.to_vec()).status,
        StatusCode::BAD_REQUEST
    );
}

#[whippet::test]
fn the_content_type_must_be_multipart_with_a_valid_boundary() {
    for content_type in [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/mixed; boundary=X-y",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=\"é\"",
    ] {
        let response = send("/", content_type, TWO);
        assert_eq!(
            response.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{content_type}"
        );
    }
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    assert_eq!(
        send("/", &long, TWO).status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

fn part(length: usize) -> String {
    let content = "x".repeat(length);
    format!("--X-y\r\nContent-Disposition: form-data; name=a\r\n\r\n{content}\r\n--X-y--")
}

#[whippet::test]
fn parts_and_bodies_have_limits() {
    assert_eq!(send("/small", FORM, part(10)).json(), json!([10]));
    let long = send("/small", FORM, part(11));
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        long.json()["detail"],
        "the part is over the limit of 10 bytes"
    );
    let overhead = part(0).len();
    assert_eq!(send("/", FORM, part(600 - overhead)).status, StatusCode::OK);
    assert_eq!(
        send("/", FORM, part(601 - overhead)).status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    // A body whose `Content-Length` is over the limit is rejected before it is read. A body without a `Content-Length`
    // is rejected when more bytes than the limit have been read.
    block_on(async {
        let pieces = |text: String| vec![Ok(Bytes::from(text))];
        assert_eq!(stream_body("/", pieces(part(601 - overhead))).await.0, 413);
        assert_eq!(
            stream_body("/names", pieces(part(601 - overhead))).await.0,
            413
        );
        assert_eq!(
            stream_body("/names", pieces(part(600 - overhead))).await.0,
            200
        );
    });
}

#[whippet::test]
fn the_headers_of_a_part_have_a_separate_limit() {
    let long = format!("--X-y\r\nX: {}", "x".repeat(9_000));
    let whole = format!("{long}\r\n\r\nx\r\n--X-y--");
    block_on(async {
        let app = TestApp::new(|_| Ok(App::new().route("/", post(names)))).await;
        for body in [long, whole] {
            let response = app.post("/").header("content-type", FORM).body(body).await;
            assert_eq!(
                response.json()["detail"],
                "the body is not valid multipart/form-data: the headers of a part are over the limit of 8192 bytes"
            );
        }
    });
}

#[whippet::test]
fn a_body_that_ends_early_is_a_bad_request() {
    block_on(async {
        let broken = vec![
            Ok(Bytes::from(&TWO[..60])),
            Err(std::io::Error::other("reset")),
        ];
        assert_eq!(stream_body("/", broken).await.0, StatusCode::BAD_REQUEST);
    });
}

#[whippet::test]
fn an_error_names_the_part_whose_text_is_not_utf_8() {
    let body = b"--X-y\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--X-y--";
    let response = send("/", FORM, body.to_vec());
    assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.json()["errors"][0]["pointer"], "/a");
    assert_eq!(send("/small", FORM, body.to_vec()).json(), json!([1]));

    let body = b"--X-y\r\nContent-Disposition: form-data; name=\"a/b\"\r\n\r\n\xff\r\n--X-y--";
    let response = send("/", FORM, body.to_vec());
    assert_eq!(response.json()["errors"][0]["pointer"], "/a~1b");
}
