//! Headers and cookies that a handler reads by name.

use std::collections::BTreeMap;

use serde::Deserialize;
use whippet::App;
use whippet::axum::body::{Body, to_bytes};
use whippet::axum::http::{HeaderValue, Request, StatusCode};
use whippet::extract::{Cookies, Headers};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tier {
    Free,
    Paid,
}

#[derive(Deserialize)]
struct Id(u32);

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Call {
    x_tenant: String,
    x_depth: Option<u8>,
    #[serde(default)]
    x_tags: Vec<String>,
    #[serde(default)]
    x_ids: Vec<Id>,
    x_tier: Option<Tier>,
    x_ratio: Option<f32>,
    x_dry_run: Option<bool>,
}

async fn headers(Headers(call): Headers<Call>) -> String {
    let Call {
        x_tenant,
        x_depth,
        x_tags,
        x_ids,
        x_tier,
        x_ratio,
        x_dry_run,
    } = call;
    let x_ids: Vec<u32> = x_ids.into_iter().map(|Id(id)| id).collect();
    format!("{x_tenant:?} {x_depth:?} {x_tags:?} {x_ids:?} {x_tier:?} {x_ratio:?} {x_dry_run:?}")
}

async fn all_headers(Headers(all): Headers<BTreeMap<String, String>>) -> String {
    format!("{all:?}")
}

#[derive(Deserialize)]
struct Session {
    #[serde(rename = "__Host-id")]
    id: String,
    visits: Option<u32>,
}

async fn cookies(Cookies(session): Cookies<Session>) -> String {
    format!("{:?} {:?}", session.id, session.visits)
}

async fn all_cookies(Cookies(all): Cookies<BTreeMap<String, String>>) -> String {
    format!("{all:?}")
}

fn send(path: &str, headers: &[(&str, &str)]) -> TestResponse {
    block_on(async {
        let routes = App::new()
            .route("/headers", get(self::headers))
            .route("/all-headers", get(all_headers));
        let routes = routes
            .route("/cookies", get(cookies))
            .route("/all-cookies", get(all_cookies));
        let app = TestApp::new(|_| Ok(routes)).await;
        let request = headers
            .iter()
            .fold(app.get(path), |request, (name, value)| {
                request.header(name, value)
            });
        request.await
    })
}

#[whippet::test]
fn headers_are_read_by_name_and_type() {
    for (sent, expected) in [
        (
            &[("x-tenant", "acme")][..],
            "\"acme\" None [] [] None None None",
        ),
        (
            &[("X-Tenant", ""), ("user-agent", "test")],
            "\"\" None [] [] None None None",
        ),
        (
            &[
                ("x-tenant", "é"),
                ("x-depth", "7"),
                ("x-tier", "paid"),
                ("x-ratio", "0.5"),
                ("x-dry-run", "true"),
            ],
            "\"é\" Some(7) [] [] Some(Paid) Some(0.5) Some(true)",
        ),
        (
            &[("x-tenant", "a, b"), ("x-tier", "free")],
            "\"a, b\" None [] [] Some(Free) None None",
        ),
        (
            &[
                ("x-tenant", "a"),
                ("x-tags", "one"),
                ("x-tags", "two,, \"three, four\""),
            ],
            r#""a" None ["one", "two", "\"three, four\""] [] None None None"#,
        ),
        (
            &[("x-tenant", "a"), ("x-ids", "1, 2 ,3")],
            "\"a\" None [] [1, 2, 3] None None None",
        ),
    ] {
        assert_eq!(send("/headers", sent).text(), expected, "{sent:?}");
    }
}

#[whippet::test]
fn an_error_names_a_header_that_is_missing_or_invalid() {
    for (sent, pointer, code) in [
        (&[][..], "/x-tenant", "required"),
        (&[("x-depth", "7")], "/x-tenant", "required"),
        (&[("x-tenant", "a"), ("x-depth", "256")], "/x-depth", "type"),
        (
            &[("x-tenant", "a"), ("x-depth", "1"), ("x-depth", "2")],
            "/x-depth",
            "type",
        ),
        (&[("x-tenant", "a"), ("x-ids", "1,x")], "/x-ids/1", "type"),
        (&[("x-tenant", "a"), ("x-tier", "gold")], "/x-tier", "type"),
        (
            &[("x-tenant", "a"), ("x-dry-run", "")],
            "/x-dry-run",
            "type",
        ),
    ] {
        let rejected = send("/headers", sent);
        assert_eq!(
            rejected.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{sent:?}"
        );
        let error = &rejected.json()["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&pointer.into(), &code.into()),
            "{error}"
        );
    }
}

#[whippet::test]
fn a_map_gets_every_header() {
    let all = send("/all-headers", &[("x-b", "2"), ("x-a", "1"), ("x-b", "3")]);
    assert_eq!(all.text(), "{\"x-a\": \"1\", \"x-b\": \"2, 3\"}");
}

#[whippet::test]
fn cookies_are_read_by_name_and_type() {
    for (sent, expected) in [
        (&[("cookie", "__Host-id=abc")][..], "\"abc\" None"),
        (
            &[("cookie", "a=b; __Host-id=abc;visits=7 ; x")],
            "\"abc\" Some(7)",
        ),
        (
            &[("cookie", "__Host-id=\"abc\"; visits=\"7\"")],
            "\"abc\" Some(7)",
        ),
        (&[("cookie", "__Host-id=; =x; ;")], "\"\" None"),
        (&[("cookie", "__Host-id=a=b")], "\"a=b\" None"),
        // If two cookies have the same name, the first one is used. Browsers send the cookie with the more specific
        // path first.
        (
            &[("cookie", "__Host-id=first; __Host-id=second")],
            "\"first\" None",
        ),
        (
            &[("cookie", "__Host-id=a"), ("cookie", "visits=1")],
            "\"a\" Some(1)",
        ),
    ] {
        assert_eq!(send("/cookies", sent).text(), expected, "{sent:?}");
    }
    let all = send("/all-cookies", &[("cookie", "b=2; a=1,2; b=3")]);
    assert_eq!(all.text(), "{\"a\": \"1,2\", \"b\": \"2\"}");
    assert_eq!(send("/all-cookies", &[]).text(), "{}");
}

#[whippet::test]
async fn a_cookie_that_is_not_utf_8_does_not_affect_other_cookies() {
    let app = TestApp::new(|_| Ok(App::new().route("/", get(all_cookies)))).await;
    let sent = HeaderValue::from_bytes(b"a=1; theme=caf\xe9; b=2").unwrap();
    let request = Request::get("/").header("cookie", sent);
    let request = request.body(Body::empty()).unwrap();
    let body = app.service().handle(request).await.into_body();
    let text = to_bytes(body, usize::MAX).await.unwrap();
    assert_eq!(text, r#"{"a": "1", "b": "2"}"#);
}

#[whippet::test]
fn an_error_names_a_cookie_that_is_missing_or_invalid() {
    for (sent, pointer, code) in [
        ("", "/__Host-id", "required"),
        ("id=abc", "/__Host-id", "required"),
        ("__Host-id=a; visits=-1", "/visits", "type"),
    ] {
        let rejected = send("/cookies", &[("cookie", sent)]);
        assert_eq!(
            rejected.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{sent:?}"
        );
        let error = &rejected.json()["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&pointer.into(), &code.into()),
            "{error}"
        );
    }
}
