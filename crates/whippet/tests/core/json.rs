//! JSON bodies and query strings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use whippet::axum::http::StatusCode;
use whippet::extract::Query;
use whippet::routing::{get, post};
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, Json, Timestamp};

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
async fn json_is_read_and_written() {
    let response = echoed("application/json", &format!(" {ITEM}\n")).await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.text(), ITEM);
}

#[whippet::test]
async fn only_json_content_types_are_accepted() {
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
async fn text_that_is_not_json_is_malformed() {
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
        let response = echoed("application/json", body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{body:.40}");
        assert_eq!(response.json()["code"], "malformed_json", "{body:.40}");
    }
    let invalid_utf8 = b"{\"fullName\":\"\xff\",\"sizes\":[]}".to_vec();
    let response = app().await.post("/echo").json_text(invalid_utf8).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
}

#[whippet::test]
async fn an_invalid_field_is_reported_with_its_pointer() {
    for (body, pointer) in [
        ("[]", ""),
        ("null", ""),
        (r#"{"fullName":1,"sizes":[]}"#, "/fullName"),
        (r#"{"fullName":"","sizes":[1,256]}"#, "/sizes/1"),
        (r#"{"fullName":"","sizes":[1,-1]}"#, "/sizes/1"),
        (r#"{"fullName":"","sizes":{}}"#, "/sizes"),
        (r#"{"fullName":"","sizes":[1e999]}"#, "/sizes/0"),
        (r#"{"fullName":1,"sizes":[],"more":1e999}"#, "/fullName"),
        (r#"{"fullName":"","fullName":"","sizes":[]}"#, "/fullName"),
        (
            "{\n \"fullName\": \"\",\n \"sizes\": [1,\n 2.5]}",
            "/sizes/1",
        ),
    ] {
        let response = echoed("application/json", body).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let error = &response.json()["errors"][0];
        assert_eq!(error["pointer"], pointer, "{body}: {error}");
        assert_eq!(error["code"], "type");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are only deserialized")]
struct Parcel {
    weight: u32,
    kind: Kind,
    to: Address,
    notes: Vec<String>,
    is_gift: Option<bool>,
    // The search for invalid fields replaces each invalid value with a placeholder. There is no placeholder for a pair,
    // so the search ends at a missing `size`. `size` is the last field, so that the search has found all other missing
    // fields before.
    size: (u8, u8),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Letter,
    Box,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "the fields are only deserialized")]
struct Address {
    street: String,
    number: u16,
}

/// Request bodies, each with the JSON pointers of its invalid fields.
const PARCELS: &str = r#"
{"weight":"1","size":[1,"2"],"kind":"box","to":{"street":1,"number":-1},"notes":["a",2,"c",4],"is_gift":"no"} => /is_gift /notes/1 /notes/3 /size/1 /to/number /to/street /weight
{} => /kind /notes /size /to /weight
{"weight":1,"size":[1,2],"kind":"box","to":{},"notes":[]} => /to/number /to/street
{"weight":1,"size":[1,2],"kind":"box","to":7,"notes":7} => /notes /to
{"weight":1,"size":[1,2],"kind":"crate","to":{"street":"","number":""},"notes":[]} => /kind /to/number
{"weight":1,"size":[1,2],"kind":"box","to":{"street":"","number":1},"notes":[],"more~/":1,"is_gift":1} => /is_gift /more~0~1
{"weight":1,"size":[1,2,3],"kind":"box","to":{"street":"","number":1},"notes":[1]} => /notes/0 /size/2
"#;

#[whippet::test]
async fn every_invalid_field_is_reported() {
    async fn take(Json(_): Json<Parcel>) {}
    let app = App::new().route("/", post(take));
    let app = TestApp::new(|_| Ok(app)).await;
    for case in PARCELS.trim().lines() {
        let (body, expected) = case.split_once(" => ").unwrap();
        let response = app.post("/").json_text(body).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let errors = response.json()["errors"].clone();
        let pointers = errors.as_array().unwrap().iter();
        let pointers: Vec<_> = pointers
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(pointers.join(" "), expected, "{body}: {errors}");
    }
}

#[whippet::test]
async fn a_missing_field_has_the_code_required_and_messages_have_no_line_numbers() {
    let response = echoed("application/json", r#"{"sizes":["x"]}"#).await;
    response.assert_json_includes(json!({"errors": [
        {"pointer": "/fullName", "code": "required", "message": "is required"},
        {"pointer": "/sizes/0", "code": "type", "message": "invalid type: string \"x\", expected u8"},
    ]}));
}

#[whippet::test]
async fn a_long_body_reports_only_its_first_error() {
    let padding = " ".repeat(20_000);
    let body = format!(r#"{{"fullName":1,"sizes":["x"]{padding}}}"#);
    let response = echoed("application/json", &body).await;
    assert_eq!(response.json()["errors"].as_array().map(Vec::len), Some(1));
}

#[whippet::test]
async fn lists_and_options_are_read_from_a_query_string() {
    let app = app().await;
    for (query, expected) in [
        ("", "[] None"),
        ("?", "[] None"),
        ("?tag=a", r#"["a"] None"#),
        ("?tag=a&tag=b+c&page=2&more=1", r#"["a", "b c"] Some(2)"#),
        ("?tag=%C3%A9%26", r#"["é&"] None"#),
    ] {
        let response = app.get(&format!("/search{query}")).await;
        assert_eq!(response.text(), expected, "{query}");
    }
    for query in ["?page=x", "?page=-1", "?page=1.5", "?page=99999999999"] {
        let response = app.get(&format!("/search{query}")).await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
        let expected = json!({"pointer": "/page", "code": "type"});
        let error = &response.json()["errors"][0];
        assert_eq!(error["pointer"], expected["pointer"], "{query}");
        assert_eq!(error["code"], expected["code"], "{query}");
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AtOrText {
    At(Timestamp),
    Text { at: Timestamp },
}

#[derive(Debug, Deserialize)]
struct Flat {
    #[serde(flatten)]
    at: BTreeMap<String, Timestamp>,
}

#[whippet::test]
fn a_timestamp_is_not_read_from_a_json_number() {
    for number in ["0", "1500", "-1", "1.5", "9007199254740993"] {
        let read = serde_json::from_str::<Timestamp>(number);
        assert!(read.is_err(), "{read:?}");
        let value: serde_json::Value = number.parse().unwrap();
        assert!(serde_json::from_value::<Timestamp>(value).is_err());
        assert!(serde_json::from_str::<AtOrText>(number).is_err());
        let object = format!("{{\"at\":{number}}}");
        assert!(serde_json::from_str::<AtOrText>(&object).is_err());
        assert!(serde_json::from_str::<Flat>(&object).is_err());
    }
    let object = r#"{"at":"1970-01-01T00:00:00Z"}"#;
    let at = Timestamp::from_millis(0);
    assert_eq!(serde_json::from_str::<Flat>(object).unwrap().at["at"], at);
    let (AtOrText::At(read) | AtOrText::Text { at: read }) = serde_json::from_str(object).unwrap();
    assert_eq!(read, at);
}
