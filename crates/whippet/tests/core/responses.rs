//! Response types: their status and headers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::axum::response::IntoResponse;
use whippet::response::{PermanentRedirect, SameSite, SeeOther, SetCookie, TemporaryRedirect};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{Accepted, App, Created, NoContent};

/// Returns the response to a request whose handler returns `create()`.
fn respond<R: IntoResponse + Send + 'static>(create: fn() -> R) -> TestResponse {
    block_on(async {
        let handler = move || async move { create() };
        let app = TestApp::new(|_| Ok(App::new().route("/", get(handler)))).await;
        app.get("/").await
    })
}

#[whippet::test]
fn a_201_response_has_json_and_may_have_a_location() {
    let created = respond(|| Created::at("/users/é 1", json!({"id": 1})));
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("location"), "/users/%C3%A9%201");
    assert_eq!(created.header("content-type"), "application/json");
    assert_eq!(created.json(), json!({"id": 1}));
    let created = respond(|| Created::new(json!({"id": 1})));
    assert_eq!(
        (created.status, created.header("location")),
        (StatusCode::CREATED, "")
    );
}

#[whippet::test]
fn a_202_response_has_json_and_a_204_response_has_no_body() {
    let accepted = respond(|| Accepted(json!({"id": 1})));
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    assert_eq!(accepted.json(), json!({"id": 1}));
    let nothing = respond(|| NoContent);
    assert_eq!(
        (nothing.status, nothing.text()),
        (StatusCode::NO_CONTENT, String::new())
    );
}

#[whippet::test]
fn a_value_that_cannot_be_serialized_to_json_returns_500() {
    // JSON cannot represent this map, because the keys of a JSON object must be strings.
    assert_eq!(
        respond(|| Accepted(BTreeMap::from([((1, 2), 3)]))).status,
        500
    );
    assert_eq!(
        respond(|| Created::new(BTreeMap::from([((1, 2), 3)]))).status,
        500
    );
}

#[whippet::test]
fn each_redirect_type_has_its_status() {
    for (redirect, status) in [
        (respond(|| SeeOther::to("/done")), 303),
        (respond(|| TemporaryRedirect::to("/done")), 307),
        (respond(|| PermanentRedirect::to("/done")), 308),
    ] {
        assert_eq!(redirect.status, status);
        assert_eq!(redirect.header("location"), "/done");
    }
}

#[whippet::test]
fn a_location_cannot_inject_headers() {
    for rejected in [
        respond(|| SeeOther::to("/\r\nset-cookie: admin=1")),
        respond(|| Created::at("/\nset-cookie: admin=1", ())),
    ] {
        assert_eq!(rejected.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(rejected.json()["code"], "internal");
        assert_eq!(rejected.header("set-cookie"), "");
        assert_eq!(rejected.header("location"), "");
    }
}

#[whippet::test]
fn cookies_are_secure_http_only_and_same_site_lax_by_default() {
    let set = respond(|| (SetCookie::new("a", "1"), SetCookie::new("b", ""), NoContent));
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let cookies: Vec<_> = set.headers.get_all("set-cookie").iter().collect();
    assert_eq!(
        cookies,
        [
            "a=1; Path=/; Secure; HttpOnly; SameSite=Lax",
            "b=; Path=/; Secure; HttpOnly; SameSite=Lax"
        ]
    );
    let set = respond(|| {
        let cookie = SetCookie::new("a", "1")
            .domain("example.com")
            .path("/x")
            .readable_by_scripts();
        let cookie = cookie.max_age(Duration::from_millis(1500)).insecure();
        cookie.same_site(SameSite::Strict)
    });
    assert_eq!(
        set.header("set-cookie"),
        "a=1; Path=/x; Domain=example.com; Max-Age=1; SameSite=Strict"
    );
    let removed = respond(|| SetCookie::removal("__Host-a"));
    assert_eq!(
        removed.header("set-cookie"),
        "__Host-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
    );
}

#[whippet::test]
fn a_cookie_that_browsers_would_reject_is_not_sent() {
    for rejected in [
        respond(|| SetCookie::new("", "1")),
        respond(|| SetCookie::new("a b", "1")),
        respond(|| SetCookie::new("a=b", "1")),
        respond(|| SetCookie::new("a", "1; Domain=example.com")),
        respond(|| SetCookie::new("a", "1\r\nx: y")),
        respond(|| SetCookie::new("a", "é")),
        respond(|| SetCookie::new("a", "1").path("/; Secure")),
        respond(|| SetCookie::new("a", "1").domain("a\nb")),
        respond(|| {
            SetCookie::new("a", "1")
                .same_site(SameSite::None)
                .insecure()
        }),
        respond(|| SetCookie::new("__Host-a", "1").path("/x")),
        respond(|| SetCookie::new("__Host-a", "1").domain("example.com")),
        respond(|| SetCookie::new("__Secure-a", "1").insecure()),
    ] {
        assert_eq!(rejected.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(rejected.header("set-cookie"), "");
    }
}
