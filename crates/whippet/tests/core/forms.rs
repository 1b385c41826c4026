//! Lists, maps and optional values in forms and query strings.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use whippet::App;
use whippet::axum::http::StatusCode;
use whippet::extract::{Form, Query};
use whippet::routing::{get, post};
use whippet::testing::{TestApp, TestResponse, block_on};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Large,
}

#[derive(Deserialize)]
struct Order {
    name: String,
    #[serde(default)]
    tag: Vec<String>,
    count: Option<u8>,
    #[serde(default)]
    gift: bool,
    size: Option<Size>,
}

impl Order {
    /// Returns the fields of the order as text.
    fn show(self) -> String {
        let Self {
            name,
            tag,
            count,
            gift,
            size,
        } = self;
        format!("{name:?} {tag:?} {count:?} {gift} {size:?}")
    }
}

async fn form(Form(order): Form<Order>) -> String {
    order.show()
}

async fn query(Query(order): Query<Order>) -> String {
    order.show()
}

async fn optional(form: Option<Form<Order>>) -> String {
    form.map_or("nothing".to_owned(), |Form(order)| order.show())
}

async fn map(Query(map): Query<BTreeMap<String, String>>) -> String {
    format!("{map:?}")
}

async fn lists(Query(map): Query<BTreeMap<String, Vec<String>>>) -> String {
    format!("{map:?}")
}

async fn pairs(Form(pairs): Form<Vec<(String, String)>>) -> String {
    format!("{pairs:?}")
}

fn app() -> App {
    let app = App::new().body_limit(64).route("/", post(form).get(query));
    let app = app
        .route("/optional", post(optional))
        .route("/pairs", post(pairs));
    app.route("/map", get(map)).route("/lists", get(lists))
}

/// Sends a POST.
fn post_body(path: &str, content_type: &str, body: &str) -> TestResponse {
    block_on(async {
        let app = TestApp::new(|_| Ok(app())).await;
        let request = app.post(path).header("content-type", content_type);
        request.body(body.to_owned()).await
    })
}

/// Sends a GET.
fn get_path(path: &str) -> TestResponse {
    block_on(async { TestApp::new(|_| Ok(app())).await.get(path).await })
}

const FORM: &str = "application/x-www-form-urlencoded";

#[whippet::test]
fn forms_and_query_strings_are_read_alike() {
    for (text, expected) in [
        ("name=a", "\"a\" [] None false None"),
        ("name=", "\"\" [] None false None"),
        ("name=a+b%20c%C3%A9%26", "\"a b cé&\" [] None false None"),
        ("name=a&tag=x", "\"a\" [\"x\"] None false None"),
        ("tag=x&name=a&tag=y", "\"a\" [\"x\", \"y\"] None false None"),
        (
            "name=a&count=7&gift=true&size=large",
            "\"a\" [] Some(7) true Some(Large)",
        ),
        (
            "name=a&unknown=1&&size=small",
            "\"a\" [] None false Some(Small)",
        ),
        // Browsers send `count=` for an empty number input, and `gift=on` for a checked checkbox.
        ("name=a&count=&gift=on", "\"a\" [] None true None"),
        ("name=a&tag=&tag=", "\"a\" [\"\", \"\"] None false None"),
        ("name=a&tag[]=x", "\"a\" [\"x\"] None false None"),
        (
            "name=a&tag%5B%5D=x&tag=y",
            "\"a\" [\"x\", \"y\"] None false None",
        ),
        (
            "name=a&tag[0]=x&tag[12]=y",
            "\"a\" [\"x\", \"y\"] None false None",
        ),
        ("name=a&other[x]=y&[]=&=", "\"a\" [] None false None"),
    ] {
        assert_eq!(post_body("/", FORM, text).text(), expected, "{text}");
        assert_eq!(get_path(&format!("/?{text}")).text(), expected, "{text}");
    }
}

#[whippet::test]
fn each_invalid_field_is_reported_with_its_pointer() {
    for (text, expected) in [
        ("", "/name required"),
        ("name=a&count=256", "/count type"),
        ("name=a&count=x", "/count type"),
        ("name=a&gift=yes", "/gift type"),
        ("name=a&size=huge", "/size type"),
        ("name=a&name=b", "/name type"),
        ("name=a&gift=", "/gift type"),
        ("name=a&size=", "/size type"),
        ("name=a&size=small&size=large", "/size type"),
        ("name[]=a", "/name type"),
        ("name=a&count[]=7", "/count type"),
        ("name=a&count[]=", "/count type"),
        ("name=a&gift[0]=true", "/gift type"),
        ("name=a&size[]=small", "/size type"),
        ("name=a&tag[x]=y", "/tag type"),
        ("name=a&tag[0][1]=y", "/tag type"),
        ("name=a&tag[-1]=y", "/tag type"),
        ("name=a&tag[=y", "/tag type"),
        ("tag[x]=y&count=x", "/count type, /name required, /tag type"),
        (
            "size=huge&count=x&gift=yes&tag=x",
            "/count type, /gift type, /name required, /size type",
        ),
    ] {
        for response in [post_body("/", FORM, text), get_path(&format!("/?{text}"))] {
            assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
            let errors = response.json()["errors"].clone();
            let errors = errors.as_array().unwrap().iter();
            let field = |error: &Value, name| error[name].as_str().unwrap().to_owned();
            let errors = errors.map(|error| field(error, "pointer") + " " + &field(error, "code"));
            assert_eq!(errors.collect::<Vec<_>>().join(", "), expected, "{text}");
        }
    }
}

#[whippet::test]
fn a_form_with_another_content_type_is_rejected() {
    for (content_type, status) in [
        (FORM, 200),
        ("APPLICATION/x-www-form-urlencoded ; charset=utf-8", 200),
        ("", 415),
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let response = post_body("/", content_type, "name=a");
        assert_eq!(response.status, status, "{content_type}");
        let optional = post_body("/optional", content_type, "name=a");
        assert_eq!(optional.status, status, "{content_type}");
    }
}

#[whippet::test]
fn a_form_over_the_limit_is_rejected() {
    let long = format!("name={}", "x".repeat(60));
    assert_eq!(
        post_body("/", FORM, &long).status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        post_body("/optional", FORM, &long).status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[whippet::test]
fn an_optional_form_may_be_missing() {
    for content_type in ["", FORM, "text/plain"] {
        assert_eq!(post_body("/optional", content_type, "").text(), "nothing");
    }
    assert_eq!(
        post_body("/optional", FORM, "name=a").text(),
        "\"a\" [] None false None"
    );
    assert_eq!(
        post_body("/optional", FORM, "tag=a").status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

async fn numbers(Query(map): Query<BTreeMap<String, Vec<u8>>>) -> String {
    format!("{map:?}")
}

async fn flags(Query(map): Query<BTreeMap<String, bool>>) -> String {
    format!("{map:?}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    known: Option<Vec<Option<f32>>>,
}

async fn known(Query(Known { known }): Query<Known>) -> String {
    format!("{known:?}")
}

#[whippet::test]
fn an_invalid_value_is_reported_with_a_message() {
    block_on(async {
        let app = App::new().route("/", get(numbers));
        let app = app.route("/flags", get(flags)).route("/known", get(known));
        let app = TestApp::new(|_| Ok(app)).await;
        for (path, pointer, message) in [
            (
                "/?a=1&a=x",
                "/a/1",
                "invalid type: string \"x\", expected u8",
            ),
            (
                "/?a~b/c=256",
                "/a~0b~1c/0",
                "invalid type: string \"256\", expected u8",
            ),
            ("/?a=1&a=", "/a/1", "invalid type: string \"\", expected u8"),
            (
                "/flags?a=yes",
                "/a",
                "invalid value: string \"yes\", expected `true` or `false`",
            ),
            (
                "/flags?a=true&a=true",
                "/a",
                "invalid type: array, expected a boolean",
            ),
            (
                "/known?other=1",
                "",
                "unknown field `other`, expected `known`",
            ),
        ] {
            let response = app.get(path).await;
            let error = &response.json()["errors"][0];
            assert_eq!(error["pointer"], pointer, "{path}");
            assert_eq!(error["message"], message, "{path}");
        }
        let known = app.get("/known?known=&known=1.5").await;
        assert_eq!(known.text(), "Some([None, Some(1.5)])");
    });
}

#[whippet::test]
fn a_map_accepts_any_key() {
    for (query, expected) in [
        ("", "{}"),
        ("?", "{}"),
        ("?b=2&a=1", "{\"a\": \"1\", \"b\": \"2\"}"),
        ("?a", "{\"a\": \"\"}"),
    ] {
        assert_eq!(
            get_path(&format!("/map{query}")).text(),
            expected,
            "{query}"
        );
    }
    assert_eq!(
        get_path("/lists?a=1&b=2&a=3").text(),
        "{\"a\": [\"1\", \"3\"], \"b\": [\"2\"]}"
    );
    assert_eq!(
        post_body("/pairs", FORM, "b=2&a=1&b=3").text(),
        r#"[("b", "2"), ("a", "1"), ("b", "3")]"#
    );
}
