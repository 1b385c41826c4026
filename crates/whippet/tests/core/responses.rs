//! What handlers answer with: status and headers by type.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::axum::response::IntoResponse;
use whippet::response::{PermanentRedirect, SameSite, SeeOther, SetCookie, TemporaryRedirect};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{Accepted, App, Created, NoContent};

/// The answer of a handler that returns `response`.
fn answer<R: IntoResponse + Send + 'static>(response: fn() -> R) -> TestResponse {
    block_on(async {
        let handler = move || async move { response() };
        let app = TestApp::new(|_| Ok(App::new().route("/", get(handler)))).await;
        app.get("/").await
    })
}

#[whippet::test]
fn created_has_a_location_and_json() {
    let made = answer(|| Created::at("/users/é 1", json!({"id": 1})));
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.header("location"), "/users/%C3%A9%201");
    assert_eq!(made.header("content-type"), "application/json");
    assert_eq!(made.json(), json!({"id": 1}));
    let made = answer(|| Created::new(json!({"id": 1})));
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::CREATED, "")
    );
}

#[whippet::test]
fn accepted_has_json_and_no_content_has_nothing() {
    let accepted = answer(|| Accepted(json!({"id": 1})));
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    assert_eq!(accepted.json(), json!({"id": 1}));
    let nothing = answer(|| NoContent);
    assert_eq!(
        (nothing.status, nothing.text()),
        (StatusCode::NO_CONTENT, String::new())
    );
}

#[whippet::test]
fn a_value_that_cannot_be_json_stays_a_500() {
    // JSON's keys are strings.
    assert_eq!(
        answer(|| Accepted(BTreeMap::from([((1, 2), 3)]))).status,
        500
    );
    assert_eq!(
        answer(|| Created::new(BTreeMap::from([((1, 2), 3)]))).status,
        500
    );
}

#[whippet::test]
fn redirects_say_which() {
    for (redirect, status) in [
        (answer(|| SeeOther::to("/done")), 303),
        (answer(|| TemporaryRedirect::to("/done")), 307),
        (answer(|| PermanentRedirect::to("/done")), 308),
    ] {
        assert_eq!(redirect.status, status);
        assert_eq!(redirect.header("location"), "/done");
    }
}

#[whippet::test]
fn a_location_cannot_add_headers() {
    for refused in [
        answer(|| SeeOther::to("/\r\nset-cookie: admin=1")),
        answer(|| Created::at("/\nset-cookie: admin=1", ())),
    ] {
        assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(refused.json()["code"], "internal");
        assert_eq!(refused.header("set-cookie"), "");
        assert_eq!(refused.header("location"), "");
    }
}

#[whippet::test]
fn cookies_are_kept_from_others_unless_told_otherwise() {
    let set = answer(|| (SetCookie::new("a", "1"), SetCookie::new("b", ""), NoContent));
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let cookies: Vec<_> = set.headers.get_all("set-cookie").iter().collect();
    assert_eq!(
        cookies,
        [
            "a=1; Path=/; Secure; HttpOnly; SameSite=Lax",
            "b=; Path=/; Secure; HttpOnly; SameSite=Lax"
        ]
    );
    let set = answer(|| {
        let cookie = SetCookie::new("a", "1")
            .domain("example.com")
            .path("/x")
            .readable_by_scripts();
        let cookie = cookie
            .max_age(Duration::from_millis(1500))
            .sent_in_the_clear();
        cookie.same_site(SameSite::Strict)
    });
    assert_eq!(
        set.header("set-cookie"),
        "a=1; Path=/x; Domain=example.com; Max-Age=1; SameSite=Strict"
    );
    let removed = answer(|| SetCookie::removal("__Host-a"));
    assert_eq!(
        removed.header("set-cookie"),
        "__Host-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
    );
}

#[whippet::test]
fn a_cookie_that_no_browser_would_take_is_not_sent() {
    for refused in [
        answer(|| SetCookie::new("", "1")),
        answer(|| SetCookie::new("a b", "1")),
        answer(|| SetCookie::new("a=b", "1")),
        answer(|| SetCookie::new("a", "1; Domain=example.com")),
        answer(|| SetCookie::new("a", "1\r\nx: y")),
        answer(|| SetCookie::new("a", "é")),
        answer(|| SetCookie::new("a", "1").path("/; Secure")),
        answer(|| SetCookie::new("a", "1").domain("a\nb")),
        answer(|| {
            SetCookie::new("a", "1")
                .same_site(SameSite::None)
                .sent_in_the_clear()
        }),
        answer(|| SetCookie::new("__Host-a", "1").path("/x")),
        answer(|| SetCookie::new("__Host-a", "1").domain("example.com")),
        answer(|| SetCookie::new("__Secure-a", "1").sent_in_the_clear()),
    ] {
        assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(refused.header("set-cookie"), "");
    }
}
