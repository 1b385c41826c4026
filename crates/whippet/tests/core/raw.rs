//! Raw bodies and optional bodies.

use serde::Deserialize;
use validator::Validate;
use whippet::axum::Extension;
use whippet::axum::body::Bytes;
use whippet::axum::http::StatusCode;
use whippet::extract::{Form, Raw};
use whippet::routing::post;
use whippet::testing::{TestApp, TestResponse, block_on};
use whippet::{App, Clock, Json, Valid};

#[derive(Deserialize, Validate)]
struct Event {
    #[validate(length(min = 1))]
    kind: String,
}

async fn raw(_: Clock, Raw(Valid(Json(event)), bytes): Raw<Valid<Json<Event>>>) -> String {
    format!("{} {:?}", event.kind, bytes)
}

async fn raw_form(Raw(Form(event), bytes): Raw<Form<Event>>) -> String {
    format!("{} {:?}", event.kind, bytes)
}

async fn optional(event: Option<Json<Event>>) -> String {
    event.map_or("nothing".to_owned(), |Json(event)| event.kind)
}

async fn axum_still_works(Extension(word): Extension<&'static str>, body: Bytes) -> String {
    format!("{word} {}", body.len())
}

fn send(path: &str, content_type: &str, body: &str) -> TestResponse {
    block_on(async {
        let app = App::new()
            .body_limit(40)
            .route("/raw", post(raw))
            .route("/form", post(raw_form));
        let app = app
            .route("/optional", post(optional))
            .route("/axum", post(axum_still_works));
        let app = TestApp::new(|_| Ok(app.layer(Extension("word")))).await;
        let request = app.post(path).body(body.to_owned());
        match content_type {
            "" => request.await,
            content_type => request.header("content-type", content_type).await,
        }
    })
}

const JSON: &str = "application/json";

#[whippet::test]
fn raw_returns_the_bytes_as_sent() {
    let body = " {\"kind\" :\t\"a\", \"kind2\": 1.0}\n";
    assert_eq!(send("/raw", JSON, body).text(), format!("a b{body:?}"));
    let form = send("/form", "application/x-www-form-urlencoded", "kind=%61&x=");
    assert_eq!(form.text(), "a b\"kind=%61&x=\"");
    assert_eq!(send("/axum", "", "three").text(), "word 5");
}

#[whippet::test]
fn raw_rejects_the_requests_that_its_inner_extractor_rejects() {
    for (content_type, body, status) in [
        ("text/plain", "{}", 415),
        ("", "{}", 415),
        (JSON, "{", 400),
        (JSON, "{}", 422),
        (JSON, "{\"kind\":\"\"}", 422),
        (
            JSON,
            "{\"kind\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
            413,
        ),
    ] {
        assert_eq!(send("/raw", content_type, body).status, status, "{body}");
    }
}

#[whippet::test]
fn an_optional_body_may_be_missing_but_not_invalid() {
    for content_type in ["", JSON, "text/plain"] {
        assert_eq!(
            send("/optional", content_type, "").text(),
            "nothing",
            "{content_type}"
        );
    }
    assert_eq!(send("/optional", JSON, "{\"kind\":\"a\"}").text(), "a");
    for (content_type, body, status) in [
        ("", "{\"kind\":\"a\"}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (JSON, " ", StatusCode::BAD_REQUEST),
        (JSON, "null", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(
            send("/optional", content_type, body).status,
            status,
            "{body}"
        );
    }
}
