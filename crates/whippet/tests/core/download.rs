//! Files as responses.

use whippet::axum::http::Method;
use whippet::response::{Download, DownloadRequest, ETag};
use whippet::testing::TestApp;
use whippet::{App, get, routes};

#[get("/file")]
async fn file(request: DownloadRequest) -> Download {
    request
        .file("0123456789")
        .media_type("text/plain")
        .attachment("digits é.txt")
        .etag(ETag::version(7))
}

#[get("/hashed")]
async fn hashed(request: DownloadRequest) -> Download {
    request.file("0123456789")
}

#[get("/empty")]
async fn empty(request: DownloadRequest) -> Download {
    request.file("").media_type("not\nvalid")
}

async fn app() -> TestApp {
    TestApp::new(|_| Ok(App::new().routes(routes![file, hashed, empty]))).await
}

#[whippet::test]
async fn a_file_has_its_type_its_name_and_its_version() {
    let app = app().await;
    let whole = app.get("/file").await;
    whole
        .assert_status(200)
        .assert_header("content-type", "text/plain")
        .assert_header("content-length", "10")
        .assert_header("accept-ranges", "bytes")
        .assert_header("x-content-type-options", "nosniff")
        .assert_header("etag", "\"7\"")
        .assert_header(
            "content-disposition",
            "attachment; filename=\"digits _.txt\"; filename*=UTF-8''digits%20%C3%A9.txt",
        );
    assert_eq!(whole.text(), "0123456789");

    let hashed = app.get("/hashed").await;
    hashed
        .assert_header("content-type", "application/octet-stream")
        .assert_header("content-disposition", "")
        .assert_header("etag", ETag::of(b"0123456789").as_str());
    let empty = app.get("/empty").await;
    empty
        .assert_status(200)
        .assert_header("content-type", "application/octet-stream")
        .assert_header("content-length", "0");
}

#[whippet::test]
async fn a_range_returns_a_part_of_the_file() {
    let app = app().await;
    for (range, content_range, text) in [
        ("bytes=0-0", "bytes 0-0/10", "0"),
        ("bytes=4-6", "bytes 4-6/10", "456"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-3", "bytes 7-9/10", "789"),
        ("bytes=0-99", "bytes 0-9/10", "0123456789"),
    ] {
        let part = app.get("/file").header("range", range).await;
        part.assert_status(206)
            .assert_header("content-range", content_range)
            .assert_header("content-length", &text.len().to_string())
            .assert_header("content-type", "text/plain")
            .assert_header("etag", "\"7\"");
        assert_eq!(part.text(), text, "{range}");
    }
    for ignored in ["bytes=0-1,3-4", "bytes=x", "lines=0-1"] {
        let whole = app.get("/file").header("range", ignored).await;
        whole.assert_status(200).assert_header("content-range", "");
        assert_eq!(whole.text(), "0123456789", "{ignored}");
    }
}

#[whippet::test]
async fn a_range_after_the_end_of_the_file_is_rejected() {
    let app = app().await;
    for (path, range, size) in [
        ("/file", "bytes=10-", "bytes */10"),
        ("/file", "bytes=-0", "bytes */10"),
        ("/empty", "bytes=0-", "bytes */0"),
        ("/empty", "bytes=-0", "bytes */0"),
    ] {
        let rejected = app.get(path).header("range", range).await;
        rejected
            .assert_problem(416, "range_not_satisfiable")
            .assert_header("content-range", size)
            .assert_header("content-disposition", "");
    }
}

#[whippet::test]
async fn the_version_decides_whether_a_file_or_a_range_is_sent() {
    let app = app().await;
    for tag in ["\"7\"", "W/\"7\"", "*"] {
        let copy = app.get("/file").header("if-none-match", tag).await;
        copy.assert_status(304)
            .assert_header("etag", "\"7\"")
            .assert_header("content-type", "");
        // RFC 9110 section 13.2.2: `If-None-Match` comes before `Range`.
        let copy = app.get("/file").header("if-none-match", tag);
        copy.header("range", "bytes=99-").await.assert_status(304);
    }
    for (if_range, status) in [
        ("\"7\"", 206),
        ("W/\"7\"", 200),
        ("\"6\"", 200),
        // A tag may contain characters that are not ASCII (RFC 9110 section 8.8.3).
        ("\"é\"", 200),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 200),
    ] {
        let part = app.get("/file").header("range", "bytes=0-1");
        part.header("if-range", if_range)
            .await
            .assert_status(status);
    }
}

#[whippet::test]
async fn head_has_the_headers_of_the_whole_file() {
    let app = app().await;
    let head = app
        .request(Method::HEAD, "/file")
        .header("range", "bytes=0-1")
        .await;
    head.assert_status(200)
        .assert_header("content-length", "10")
        .assert_header("accept-ranges", "bytes");
    assert_eq!(head.text(), "");
}
