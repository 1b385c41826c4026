//! The OpenAPI document, the page `/docs`, and the descriptions of problem types.

use std::fs;

use serde_json::Value;

use crate::support::client::Response;
use crate::support::host::Host;
use crate::support::launch::root;

fn get(host: Host, path: &str) -> Response {
    host.api().get(path).without_key().send()
}

/// Returns the committed `openapi.json`.
fn committed() -> Value {
    let text = fs::read(root().join("openapi.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

pub(crate) fn the_served_document_equals_openapi_json(host: Host) {
    let response = get(host, "/openapi.json");
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), "application/json");
    assert!(response.json() == committed(), "{response:?}");
}

pub(crate) fn each_problem_type_url_returns_its_description(host: Host) {
    let committed = committed();
    let types = committed["x-problems"].as_object().unwrap();
    assert!(!types.is_empty());
    for (name, description) in types {
        let response = get(host, &format!("/problems/{name}"));
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(&response.json(), description);
    }
    let problem = host.api().get("/api/v1/app/missing").send().problem(404);
    let url = problem["type"].as_str().unwrap_or_default();
    assert_eq!(get(host, url).json()["status"], 404);
    get(host, "/problems/nothing").problem(404);
}

pub(crate) fn the_page_of_the_outbox_is_served(host: Host) {
    for (path, content_type) in [
        ("/_whippet/outbox", "text/html; charset=utf-8"),
        (
            "/_whippet/outbox/outbox.js",
            "text/javascript; charset=utf-8",
        ),
        (
            "/_whippet/outbox/outbox-plots.js",
            "text/javascript; charset=utf-8",
        ),
        ("/_whippet/outbox/outbox.css", "text/css; charset=utf-8"),
    ] {
        let response = get(host, path);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.header("content-type"), content_type);
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{response:?}");
    }
    let json = host.api().get("/_whippet/tasks").without_key();
    let redirect = json.header("accept", "text/html").send();
    assert_eq!(redirect.status, 307, "{redirect:?}");
    assert_eq!(redirect.header("location"), "outbox");
}

pub(crate) fn the_docs_page_is_served(host: Host) {
    for (path, content_type, least) in [
        ("/docs", "text/html; charset=utf-8", 100),
        ("/docs/docs.js", "text/javascript; charset=utf-8", 100),
        (
            "/docs/swagger-ui-bundle.js",
            "text/javascript; charset=utf-8",
            400_000,
        ),
        ("/docs/swagger-ui.css", "text/css; charset=utf-8", 20_000),
    ] {
        let response = get(host, path);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(
            response.header("content-type"),
            content_type,
            "{response:?}"
        );
        assert!(response.body.len() > least, "{response:?}");
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{response:?}");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("referrer-policy"), "no-referrer");

        let api = host.api();
        let etag = response.header("etag");
        let again = api.get(path).header("if-none-match", etag).send();
        assert_eq!(again.status, 304, "{again:?}");
        let head = api.call("HEAD", path).send();
        assert_eq!(head.status, 200, "{head:?}");
        assert_eq!(head.header("content-type"), content_type, "{head:?}");
    }
    let slash = get(host, "/docs/");
    assert_eq!(slash.status, 307, "{slash:?}");
    assert!(
        ["/docs", "../docs"].contains(&slash.header("location")),
        "{slash:?}"
    );
    for path in [
        "/docs/nothing",
        "/docs/docs.html",
        "/docs/%2e%2e%2fspin.toml",
    ] {
        get(host, path).problem(404);
    }
}
