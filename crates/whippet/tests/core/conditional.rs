//! The headers `ETag`, `If-None-Match` and `If-Match`.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::response::{Cached, ETag, IfMatch, IfNoneMatch};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Json, NoContent, Problem};

async fn read(
    if_none_match: IfNoneMatch,
) -> Cached<(ETag, [(&'static str, &'static str); 1], Json<u32>)> {
    let headers = [("cache-control", "max-age=60")];
    if_none_match.respond(ETag::version(7), (ETag::version(7), headers, Json(1)))
}

async fn read_final() -> (ETag, [(&'static str, &'static str); 1]) {
    (
        ETag::version(7),
        [("cache-control", "private,No-Transform")],
    )
}

async fn read_weak(if_none_match: IfNoneMatch) -> Result<Cached<Json<u32>>, Problem> {
    Ok(if_none_match.respond(ETag::weak("7").map_err(Problem::internal)?, Json(1)))
}

async fn read_hashed(if_none_match: IfNoneMatch) -> Result<Cached<Json<u32>>, Problem> {
    if_none_match.json(&1)
}

async fn fails(if_none_match: IfNoneMatch) -> Cached<Problem> {
    if_none_match.respond(ETag::version(7), Problem::not_found("nothing"))
}

async fn change(if_match: IfMatch) -> Result<NoContent, Problem> {
    if_match.check(Some(&ETag::version(7))).map(|()| NoContent)
}

async fn change_missing(if_match: IfMatch) -> Result<NoContent, Problem> {
    if_match.check(None).map(|()| NoContent)
}

async fn change_with_required_tag(if_match: IfMatch) -> Result<NoContent, Problem> {
    if_match
        .required()?
        .check(Some(&ETag::version(7)))
        .map(|()| NoContent)
}

async fn create(if_none_match: IfNoneMatch) -> Result<NoContent, Problem> {
    if_none_match.check(None).map(|()| NoContent)
}

async fn create_existing(if_none_match: IfNoneMatch) -> Result<NoContent, Problem> {
    if_none_match
        .check(Some(&ETag::version(7)))
        .map(|()| NoContent)
}

fn app() -> App {
    App::new()
        .route(
            "/version",
            get(read)
                .put(change)
                .patch(change_with_required_tag)
                .post(create_existing),
        )
        .route("/final", get(read_final))
        .route("/weak", get(read_weak))
        .route("/hashed", get(read_hashed))
        .route("/missing", get(fails).put(change_missing).post(create))
}

fn send(method: &str, path: &str, header: (&str, &str)) -> TestResponse {
    block_on(async {
        let app = TestApp::new(|_| Ok(app())).await;
        let request = app.request(method.parse().unwrap(), path);
        match header {
            ("", _) => request.await,
            (name, value) => request.header(name, value).await,
        }
    })
}

#[whippet::test]
fn a_get_with_a_matching_etag_returns_304() {
    for (path, sent, status) in [
        ("/version", "\"7\"", 304),
        ("/version", "W/\"7\"", 304),
        ("/version", "\"6\", \"7\"", 304),
        ("/version", "\"a,b\",\"7\"", 304),
        ("/version", "*", 304),
        ("/version", "\"6\"", 200),
        ("/version", "\"7,\"", 200),
        ("/version", "7", 200),
        ("/version", "", 200),
        ("/version", "é", 200),
        ("/weak", "\"7\"", 304),
        ("/weak", "W/\"7\"", 304),
    ] {
        let response = send("GET", path, ("if-none-match", sent));
        assert_eq!(response.status, status, "{path} {sent}");
        let tag = if path == "/weak" { "W/\"7\"" } else { "\"7\"" };
        assert_eq!(response.header("etag"), tag, "{sent}");
        assert_eq!(response.text(), if status == 200 { "1" } else { "" });
    }
}

#[whippet::test]
fn a_304_keeps_the_headers_that_do_not_describe_a_body() {
    let response = send("GET", "/version", ("if-none-match", "*"));
    assert_eq!(response.header("cache-control"), "max-age=60");
    assert_eq!(response.header("content-type"), "");
    assert_eq!(response.headers.get_all("etag").iter().count(), 1);
}

#[whippet::test]
fn a_response_with_a_strong_etag_must_not_be_transformed() {
    let directives = |method, path, header| {
        let response = send(method, path, header);
        let values = response.headers.get_all("cache-control").iter();
        let values = values.map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    };
    for (method, path, header, expected) in [
        ("GET", "/version", ("", ""), "max-age=60, no-transform"),
        ("HEAD", "/version", ("", ""), "max-age=60, no-transform"),
        (
            "GET",
            "/version",
            ("if-none-match", "*"),
            "max-age=60, no-transform",
        ),
        ("GET", "/hashed", ("", ""), "no-transform"),
        ("GET", "/final", ("", ""), "private,No-Transform"),
        // A proxy may compress a response with a weak tag, so such a response has no `no-transform`.
        ("GET", "/weak", ("", ""), ""),
        ("PUT", "/version", ("", ""), ""),
    ] {
        assert_eq!(
            directives(method, path, header),
            expected,
            "{method} {path}"
        );
    }
}

#[whippet::test]
fn the_etag_of_a_json_response_is_a_hash_of_its_text() {
    let first = send("GET", "/hashed", ("", ""));
    assert_eq!((first.status, first.json()), (StatusCode::OK, json!(1)));
    assert_eq!(first.header("content-type"), "application/json");
    let tag = first.header("etag");
    assert_eq!(tag, ETag::of(b"1").as_str());
    assert_eq!(send("GET", "/hashed", ("if-none-match", tag)).status, 304);
}

#[whippet::test]
fn an_error_response_is_never_replaced_with_a_304() {
    let response = send("GET", "/missing", ("if-none-match", "*"));
    assert_eq!(
        (response.status, response.header("etag")),
        (StatusCode::NOT_FOUND, "")
    );
}

#[whippet::test]
fn a_change_with_a_stale_etag_is_rejected() {
    for (method, path, header, status) in [
        ("PUT", "/version", ("", ""), 204),
        ("PUT", "/version", ("if-match", "\"7\""), 204),
        ("PUT", "/version", ("if-match", "\"6\",\"7\""), 204),
        ("PUT", "/version", ("if-match", "*"), 204),
        ("PUT", "/version", ("if-match", "\"6\""), 412),
        // `If-Match` uses the strong comparison, so a weak tag never matches.
        ("PUT", "/version", ("if-match", "W/\"7\""), 412),
        ("PUT", "/version", ("if-match", "7"), 412),
        ("PUT", "/version", ("if-match", ""), 412),
        ("PUT", "/missing", ("if-match", "*"), 412),
        ("PUT", "/missing", ("", ""), 204),
        ("PATCH", "/version", ("", ""), 428),
        ("PATCH", "/version", ("if-match", "\"7\""), 204),
        ("PATCH", "/version", ("if-match", "\"6\""), 412),
        ("POST", "/missing", ("if-none-match", "*"), 204),
        ("POST", "/version", ("if-none-match", "*"), 412),
        ("POST", "/version", ("if-none-match", "\"7\""), 412),
        ("POST", "/version", ("if-none-match", "\"6\""), 204),
    ] {
        let response = send(method, path, header);
        assert_eq!(response.status, status, "{method} {path} {header:?}");
        let code = match status {
            412 => "precondition_failed",
            428 => "precondition_required",
            _ => continue,
        };
        assert_eq!(response.json()["code"], code);
    }
}
