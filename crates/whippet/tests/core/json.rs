//! JSON bodies and query strings.

use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::extract::Query;
use whippet::routing::{get, post};
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, Json};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    full_name: String,
    sizes: Vec<u8>,
}

async fn echo(Json(item): Json<Item>) -> Json<Item> {
    Json(item)
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    tag: Vec<String>,
    page: Option<u32>,
}

async fn search(Query(Search { tag, page }): Query<Search>) -> String {
    format!("{tag:?} {page:?}")
}

async fn app() -> TestApp {
    let app = App::new()
        .route("/echo", post(echo))
        .route("/search", get(search));
    TestApp::new(|_| Ok(app)).await
}

async fn echoed(content_type: &str, body: &str) -> TestResponse {
    let app = app().await;
    let request = app.post("/echo").header("content-type", content_type);
    request.body(body.to_owned()).await
}

const ITEM: &str = r#"{"fullName":"é","sizes":[1,2]}"#;

#[whippet::test]
async fn json_comes_back_as_json() {
    let answer = echoed("application/json", &format!(" {ITEM}\n")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text(), ITEM);
}

#[whippet::test]
async fn content_types_of_json_are_known() {
    for (content_type, status) in [
        ("application/json", 200),
        ("APPLICATION/JSON", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json ;charset=utf-8", 200),
        ("application/problem+json", 200),
        ("application/vnd.api+JSON; version=1", 200),
        ("", 415),
        ("json", 415),
        ("text/json", 415),
        ("text/plain", 415),
        ("text/plain; a=application/json", 415),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=json", 415),
        ("é+json", 415),
    ] {
        assert_eq!(
            echoed(content_type, ITEM).await.status,
            status,
            "{content_type}"
        );
    }
    let without = app().await.post("/echo").body(ITEM).await;
    assert_eq!(without.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(without.json()["code"], "unsupported_media_type");
}

#[whippet::test]
async fn text_that_is_no_json_is_malformed() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        " ",
        "{",
        "nul",
        "{\"a\":1,}",
        "{'a':1}",
        "{} x",
        "[1] [2]",
        "\u{feff}{}",
        &deep,
        r#"{"fullName": 1, "sizes": oops}"#,
    ] {
        let answer = echoed("application/json", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:.40}");
        assert_eq!(answer.json()["code"], "malformed_json", "{body:.40}");
    }
    let invalid_utf8 = b"{\"fullName\":\"\xff\",\"sizes\":[]}".to_vec();
    let answer = app().await.post("/echo").json_text(invalid_utf8).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[whippet::test]
async fn json_that_does_not_fit_is_pointed_at() {
    for (body, pointer) in [
        ("[]", ""),
        ("null", ""),
        (r#"{"sizes":[]}"#, ""),
        (r#"{"fullName":1,"sizes":[]}"#, "/fullName"),
        (r#"{"fullName":"","sizes":[1,256]}"#, "/sizes/1"),
        (r#"{"fullName":"","sizes":[1,-1]}"#, "/sizes/1"),
        (r#"{"fullName":"","sizes":{}}"#, "/sizes"),
        (r#"{"fullName":"","fullName":"","sizes":[]}"#, "/fullName"),
        (
            "{\n \"fullName\": \"\",\n \"sizes\": [1,\n 2.5]}",
            "/sizes/1",
        ),
    ] {
        let answer = echoed("application/json", body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], pointer, "{body}: {error}");
        assert_eq!(error["code"], "type");
    }
}

#[whippet::test]
async fn a_query_string_fills_lists_and_options() {
    let app = app().await;
    for (query, expected) in [
        ("", "[] None"),
        ("?", "[] None"),
        ("?tag=a", r#"["a"] None"#),
        ("?tag=a&tag=b+c&page=2&more=1", r#"["a", "b c"] Some(2)"#),
        ("?tag=%C3%A9%26", r#"["é&"] None"#),
    ] {
        let answer = app.get(&format!("/search{query}")).await;
        assert_eq!(answer.text(), expected, "{query}");
    }
    for query in ["?page=x", "?page=-1", "?page=1.5", "?page=99999999999"] {
        let answer = app.get(&format!("/search{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let expected = json!({"pointer": "/page", "code": "type"});
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], expected["pointer"], "{query}");
        assert_eq!(error["code"], expected["code"], "{query}");
    }
}
