//! The page `/docs` of a native program.

use whippet::axum::http::Method;
use whippet::openapi::Info;
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, get, routes};

#[get("/hello")]
async fn hello() -> &'static str {
    "hello"
}

async fn app() -> TestApp {
    let app = App::new().routes(routes![hello]);
    TestApp::new(|_| Ok(app.openapi(Info::new("Users", "1.2.3")))).await
}

/// Returns the links of the page, without `data:` URLs.
fn links(page: &TestResponse) -> Vec<String> {
    let text = page.text();
    let links = [" href=\"", " src=\""].map(|attribute| text.split(attribute).skip(1));
    let links = links.into_iter().flatten();
    let links = links.map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
    links.filter(|link| !link.starts_with("data:")).collect()
}

#[test]
async fn the_docs_page_links_only_to_files_that_the_app_serves() {
    let app = app().await;
    let page = app.get("/docs").await;
    page.assert_status(200)
        .assert_header("content-type", "text/html; charset=utf-8");

    let links = links(&page);

    assert_eq!(links.len(), 4, "{links:?}");
    for link in links {
        let file = app.get(&format!("/{link}")).await;
        file.assert_status(200);
        let is_uncompressed = link == "docs/docs.js" || link == "openapi.json";
        let encoding = if is_uncompressed { "" } else { "gzip" };
        assert_eq!(file.header("content-encoding"), encoding, "{link}");
        let expected = match link.rsplit_once('.') {
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "application/json",
        };
        file.assert_header("content-type", expected);
    }
}

#[test]
async fn a_request_for_a_cached_file_returns_304() {
    let app = app().await;
    for path in ["/docs", "/docs/swagger-ui.css"] {
        let first = app.get(path).await;
        first
            .assert_status(200)
            .assert_header("cache-control", "no-cache")
            .assert_header("x-content-type-options", "nosniff");
        let policy = first.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );

        let again = app.get(path).header("if-none-match", first.header("etag"));

        let again = again.await;
        again.assert_status(304);
        assert_eq!(again.body.len(), 0);
        let head = app.request(Method::HEAD, path).await;
        head.assert_status(200)
            .assert_header("content-length", &first.body.len().to_string());
    }
}

#[test]
async fn unknown_file_names_are_not_found() {
    let app = app().await;
    app.get("/docs/")
        .await
        .assert_status(307)
        .assert_header("location", "../docs");
    for name in [
        "nothing",
        "docs",
        "docs.html",
        "..",
        "%2e%2e%2fopenapi.json",
        "swagger-ui.css.gz",
        "swagger-ui%2ecss",
    ] {
        let path = format!("/docs/{name}");
        app.get(&path).await.assert_problem(404, "not_found");
    }
    app.get("/docs/docs.js/more")
        .await
        .assert_problem(404, "not_found");
    app.post("/docs")
        .await
        .assert_problem(405, "method_not_allowed");
}

#[test]
async fn an_app_without_an_openapi_document_has_no_docs_page() {
    let app = TestApp::new(|_| Ok(App::new().routes(routes![hello]))).await;
    for path in ["/docs", "/docs/", "/docs/docs.js"] {
        app.get(path).await.assert_problem(404, "not_found");
    }
}
