//! Routing: which handler gets a request, and the response to a request that no route matches.

use whippet::axum::http::Method;
use whippet::routing::{get, post};
use whippet::testing::TestApp;
use whippet::{App, Config, Path, RequestId};

async fn fixed() -> &'static str {
    "fixed"
}

async fn one(Path(name): Path<String>) -> String {
    format!("one {name}")
}

async fn two(Path((a, b)): Path<(String, u32)>) -> String {
    format!("two {a} {b}")
}

#[derive(serde::Deserialize)]
struct Named {
    b: u32,
    a: Option<String>,
}

async fn named(Path(Named { a, b }): Path<Named>) -> String {
    format!("named {a:?} {b}")
}

async fn id(id: RequestId) -> String {
    id.as_str().to_owned()
}

async fn fails() {
    panic!("on purpose: {}", 7);
}

fn app(_: &Config) -> Result<App, whippet::AppError> {
    Ok(App::new()
        .route("/", get(fixed))
        .route("/id", get(id))
        .route("/fails", get(fails))
        .route("/created", post(fixed).delete(fixed))
        .route("/one/fixed", get(fixed).post(fixed))
        .route("/one/{name}", get(one))
        .route("/two/{a}/x/{b}", get(two))
        .route("/named/{a}/{b}", get(named))
        .route("/rest/{*path}", get(one)))
}

#[whippet::test]
async fn a_path_is_routed_to_its_handler() {
    let app = TestApp::new(app).await;
    for (path, status, expected) in [
        ("/", 200, "fixed"),
        ("/?q=1", 200, "fixed"),
        ("/one/fixed", 200, "fixed"),
        ("/one/a", 200, "one a"),
        ("/one/a%20b%2Fc", 200, "one a b/c"),
        ("/one/%C3%A9", 200, "one é"),
        ("/one/a+b", 200, "one a+b"),
        ("/one/%zz", 200, "one %zz"),
        ("/two/a/x/7", 200, "two a 7"),
        ("/named/a/7", 200, "named Some(\"a\") 7"),
        ("/rest/a/b", 200, "one a/b"),
        ("/two/a/x/7/", 404, ""),
        ("/one/", 404, ""),
        ("/one/a/", 404, ""),
        ("//", 404, ""),
        ("/ONE/fixed", 404, ""),
        ("/nothing", 404, ""),
        ("/one/%ff", 400, ""),
        ("/two/a/x/seven", 422, ""),
        ("/two/a/x/-1", 422, ""),
        ("/named/a/x", 422, ""),
    ] {
        let response = app.get(path).await;
        assert_eq!(response.status, status, "{path}: {}", response.text());
        if status == 200 {
            assert_eq!(response.text(), expected, "{path}");
        } else {
            assert_eq!(response.header("content-type"), "application/problem+json");
        }
    }
}

#[whippet::test]
async fn the_response_to_a_method_without_a_handler_lists_the_allowed_methods() {
    let app = TestApp::new(app).await;
    for (method, path, status, allow) in [
        ("POST", "/", 405, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/", 204, "GET, HEAD, OPTIONS"),
        ("TRACE", "/created", 405, "POST, DELETE, OPTIONS"),
        ("HEAD", "/created", 405, "POST, DELETE, OPTIONS"),
        ("GET", "/created", 405, "POST, DELETE, OPTIONS"),
        ("OPTIONS", "/created", 204, "POST, DELETE, OPTIONS"),
        ("BREW", "/one/fixed", 405, "GET, POST, HEAD, OPTIONS"),
        ("OPTIONS", "/nothing", 404, ""),
        ("HEAD", "/nothing", 404, ""),
    ] {
        let method = method.parse::<Method>().unwrap();
        let response = app.request(method.clone(), path).await;
        assert_eq!(response.status, status, "{method} {path}");
        assert_eq!(response.header("allow"), allow, "{method} {path}");
        let is_problem = response.header("content-type") == "application/problem+json";
        assert_eq!(is_problem, status != 204, "{method} {path}");
    }
}

#[whippet::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::new(app).await;
    for path in ["/", "/one/abc", "/two/a/x/y"] {
        let get = app.get(path).await;
        let head = app.request(Method::HEAD, path).await;
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("content-length"), get.body.len().to_string());
        assert!(head.body.is_empty());
    }
}

#[whippet::test]
async fn slashes_at_the_end_of_a_path_are_ignored_only_if_the_app_ignores_them() {
    let rest = async |Path(rest): Path<String>| rest;
    let app = |_: &Config| {
        let app = App::new()
            .route("/a", get(fixed))
            .route("/b/{name}", get(one));
        Ok(app.route("/c/", get(fixed)).route("/d/{*rest}", get(rest)))
    };
    let exact = TestApp::new(app).await;
    let lenient = TestApp::new(|config| Ok(app(config)?.ignore_trailing_slashes())).await;
    for (path, status, lenient_status) in [
        ("/a", 200, 200),
        ("/a/", 404, 200),
        ("/a//", 404, 200),
        ("/a/?x=1", 404, 200),
        ("/b/x/", 404, 200),
        ("/b/", 404, 404),
        ("/c/", 200, 200),
        ("/c", 404, 404),
        ("/", 404, 404),
        ("//", 404, 404),
    ] {
        assert_eq!(exact.get(path).await.status, status, "{path}");
        assert_eq!(lenient.get(path).await.status, lenient_status, "{path}");
    }
    assert_eq!(lenient.get("/d/x/").await.text(), "x/");
}

#[whippet::test]
async fn conflicting_routes_are_rejected_at_startup() {
    for (path, other) in [
        ("/a", "/a"),
        ("/{a}", "/{b}"),
        ("/a/{b}", "/a/{*c}"),
        ("/{a", "/b"),
    ] {
        let build = |_: &Config| Ok(App::new().route(other, get(fixed)).route(path, get(fixed)));
        let started = TestApp::builder().try_start(build).await;
        let text = started.unwrap_err().to_string();
        assert!(
            text.contains(&format!("the route {path} cannot be added")),
            "{text}"
        );
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn a_handler_that_panics_returns_500_and_the_next_request_is_served() {
    let app = TestApp::new(app).await;
    let response = app.get("/fails").await;
    response.assert_status(500);
    assert_eq!(response.json()["code"], "internal");
    assert!(!response.text().contains("on purpose"));
    assert_eq!(response.header("x-request-id").len(), 32);
    app.get("/").await.assert_status(200);
}

#[whippet::test]
async fn a_valid_request_id_is_kept_and_an_invalid_one_is_replaced() {
    let longest = "a".repeat(128);
    let too_long = "a".repeat(129);
    let app = TestApp::new(app).await;
    for sent in ["a", "Az09-_.", &longest] {
        let response = app.get("/id").header("x-request-id", sent).await;
        assert_eq!(response.header("x-request-id"), sent);
        assert_eq!(response.text(), sent);
    }
    for sent in ["", " ", "a b", "a\"b", "é", "a\tb", "{}", &too_long] {
        let response = app.get("/id").header("x-request-id", sent).await;
        let generated = response.header("x-request-id");
        let is_hex = generated.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(generated.len() == 32 && is_hex, "{sent:?}: {generated:?}");
        assert_eq!(response.text(), generated);
    }
    let generated = app.get("/id").await;
    assert_ne!(generated.text(), app.get("/id").await.text());
    assert_eq!(app.get("/nothing").await.header("x-request-id").len(), 32);
}
