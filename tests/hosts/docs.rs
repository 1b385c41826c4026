//! What an API says of itself: its document, the page of it, and what a problem's type means.

use std::fs;

use serde_json::Value;

use crate::support::client::Answer;
use crate::support::host::Host;
use crate::support::launch::root;

fn get(host: Host, path: &str) -> Answer {
    host.api().get(path).without_key().send()
}

fn committed() -> Value {
    let text = fs::read(root().join("openapi.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

pub(crate) fn the_document_is_the_committed_one(host: Host) {
    let answer = get(host, "/openapi.json");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.json() == committed(), "{answer:?}");
}

pub(crate) fn a_type_of_problem_leads_to_what_it_means(host: Host) {
    let committed = committed();
    let types = committed["x-problems"].as_object().unwrap();
    assert!(!types.is_empty());
    for (name, meaning) in types {
        let answer = get(host, &format!("/problems/{name}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(&answer.json(), meaning);
    }
    let refused = host.api().get("/api/v1/app/missing").send().problem(404);
    let kind = refused["type"].as_str().unwrap_or_default();
    assert_eq!(get(host, kind).json()["status"], 404);
    get(host, "/problems/nothing").problem(404);
}

pub(crate) fn the_page_of_the_document_is_served(host: Host) {
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
        let answer = get(host, path);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), content_type, "{answer:?}");
        assert!(answer.body.len() > least, "{answer:?}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");

        let api = host.api();
        let known = answer.header("etag");
        let again = api.get(path).header("if-none-match", known).send();
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
