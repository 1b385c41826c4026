//! `ETag`, `If-None-Match` and `If-Match`.

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::response::{Cached, ETag, IfMatch, IfNoneMatch};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Json, NoContent, Problem};

async fn read(known: IfNoneMatch) -> Cached<(ETag, [(&'static str, &'static str); 1], Json<u32>)> {
    let headers = [("cache-control", "max-age=60")];
    known.respond(ETag::version(7), (ETag::version(7), headers, Json(1)))
}

async fn read_weak(known: IfNoneMatch) -> Result<Cached<Json<u32>>, Problem> {
    Ok(known.respond(ETag::weak("7").map_err(Problem::internal)?, Json(1)))
}

async fn read_hashed(known: IfNoneMatch) -> Result<Cached<Json<u32>>, Problem> {
    known.json(&1)
}

async fn fails(known: IfNoneMatch) -> Cached<Problem> {
    known.respond(ETag::version(7), Problem::not_found("nothing"))
}

async fn change(known: IfMatch) -> Result<NoContent, Problem> {
    known.check(Some(&ETag::version(7))).map(|()| NoContent)
}

async fn change_missing(known: IfMatch) -> Result<NoContent, Problem> {
    known.check(None).map(|()| NoContent)
}

async fn change_knowingly(known: IfMatch) -> Result<NoContent, Problem> {
    known
        .required()?
        .check(Some(&ETag::version(7)))
        .map(|()| NoContent)
}

async fn make(known: IfNoneMatch) -> Result<NoContent, Problem> {
    known.check(None).map(|()| NoContent)
}

async fn make_again(known: IfNoneMatch) -> Result<NoContent, Problem> {
    known.check(Some(&ETag::version(7))).map(|()| NoContent)
}

fn app() -> App {
    App::new()
        .route(
            "/version",
            get(read)
                .put(change)
                .patch(change_knowingly)
                .post(make_again),
        )
        .route("/weak", get(read_weak))
        .route("/hashed", get(read_hashed))
        .route("/missing", get(fails).put(change_missing).post(make))
}

fn ask(method: &str, path: &str, header: (&str, &str)) -> TestResponse {
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
fn who_has_the_version_gets_304() {
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
        let answer = ask("GET", path, ("if-none-match", sent));
        assert_eq!(answer.status, status, "{path} {sent}");
        let tag = if path == "/weak" { "W/\"7\"" } else { "\"7\"" };
        assert_eq!(answer.header("etag"), tag, "{sent}");
        assert_eq!(answer.text(), if status == 200 { "1" } else { "" });
    }
}

#[whippet::test]
fn a_304_keeps_the_headers_that_do_not_describe_a_body() {
    let answer = ask("GET", "/version", ("if-none-match", "*"));
    assert_eq!(answer.header("cache-control"), "max-age=60");
    assert_eq!(answer.header("content-type"), "");
    assert_eq!(answer.headers.get_all("etag").iter().count(), 1);
}

#[whippet::test]
fn json_has_the_tag_of_its_text() {
    let first = ask("GET", "/hashed", ("", ""));
    assert_eq!((first.status, first.json()), (StatusCode::OK, json!(1)));
    assert_eq!(first.header("content-type"), "application/json");
    let tag = first.header("etag");
    assert_eq!(tag, ETag::of(b"1").as_str());
    assert_eq!(ask("GET", "/hashed", ("if-none-match", tag)).status, 304);
}

#[whippet::test]
fn an_error_is_never_304() {
    let answer = ask("GET", "/missing", ("if-none-match", "*"));
    assert_eq!(
        (answer.status, answer.header("etag")),
        (StatusCode::NOT_FOUND, "")
    );
}

#[whippet::test]
fn a_change_of_another_version_is_refused() {
    for (method, path, header, status) in [
        ("PUT", "/version", ("", ""), 204),
        ("PUT", "/version", ("if-match", "\"7\""), 204),
        ("PUT", "/version", ("if-match", "\"6\",\"7\""), 204),
        ("PUT", "/version", ("if-match", "*"), 204),
        ("PUT", "/version", ("if-match", "\"6\""), 412),
        // Strong comparison: a weak tag is not enough to change by.
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
        let answer = ask(method, path, header);
        assert_eq!(answer.status, status, "{method} {path} {header:?}");
        let code = match status {
            412 => "precondition_failed",
            428 => "precondition_required",
            _ => continue,
        };
        assert_eq!(answer.json()["code"], code);
    }
}
