//! The validation rules that docs/ENDPOINT.md lists. Each rule rejects invalid values and has a keyword in the JSON
//! Schema.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use validator::{Validate, ValidationError, ValidationErrors};
use whippet::testing::TestApp;
use whippet::{App, Json, Timestamp, Valid, post, routes};

static SLUG: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z-]+$").unwrap());

fn is_even(number: u8) -> Result<(), ValidationError> {
    let odd = || ValidationError::new("even");
    number.is_multiple_of(2).then_some(()).ok_or_else(odd)
}

fn is_in_order(everything: &Everything) -> Result<(), ValidationError> {
    match (everything.from, everything.until) {
        (Some(from), Some(until)) if from > until => Err(ValidationError::new("order")),
        _ => Ok(()),
    }
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Item {
    #[validate(length(min = 1))]
    name: String,
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Place {
    #[validate(length(equal = 5))]
    zip: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Green,
}

/// A tagged union whose variants have different validation rules.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Contact {
    Mail(Mail),
    Phone(Phone),
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Mail {
    #[validate(email)]
    address: String,
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Phone {
    #[validate(length(min = 3))]
    number: String,
}

impl Validate for Contact {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::Mail(mail) => mail.validate(),
            Self::Phone(phone) => phone.validate(),
        }
    }
}

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
#[validate(schema(function = "is_in_order"))]
#[serde(deny_unknown_fields)]
struct Everything {
    #[validate(length(min = 2, max = 3))]
    text: Option<String>,
    #[validate(length(min = 1, max = 2))]
    list: Option<Vec<u8>>,
    #[validate(length(max = 1))]
    #[schemars(extend("maxProperties" = 1))]
    map: Option<BTreeMap<String, u8>>,
    #[validate(range(min = 1, max = 150))]
    number: Option<u8>,
    #[validate(range(exclusive_min = 0.0, exclusive_max = 1.0))]
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    share: Option<f64>,
    #[validate(email)]
    email: Option<String>,
    #[validate(url)]
    url: Option<String>,
    #[validate(regex(path = *SLUG))]
    slug: Option<String>,
    #[validate(nested)]
    item: Option<Item>,
    #[validate(nested)]
    items: Option<Vec<Item>>,
    #[validate(nested)]
    by_name: Option<BTreeMap<String, Item>>,
    #[validate(custom(function = "is_even"))]
    #[schemars(extend("multipleOf" = 2))]
    even: Option<u8>,
    #[validate(nested)]
    contact: Option<Contact>,
    color: Option<Color>,
    at: Option<Timestamp>,
    id: Option<Uuid>,
    ip: Option<IpAddr>,
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
    from: Option<u8>,
    until: Option<u8>,
}

#[post("/")]
async fn take(Valid(Json(everything)): Valid<Json<Everything>>) -> Json<Everything> {
    Json(everything)
}

fn app() -> App {
    App::new().routes(routes![take])
}

/// Returns one tuple for each field of [`Everything`]: the name of the field, a valid value, an invalid value, the
/// errors that the invalid value causes (pointer and code), and the schema of the field.
fn rules() -> Vec<(&'static str, Value, Value, &'static str, Value)> {
    vec![
        (
            "text",
            json!("äöü"),
            json!("ä"),
            "/text length",
            json!({"type": ["string", "null"], "minLength": 2, "maxLength": 3}),
        ),
        (
            "list",
            json!([1, 2]),
            json!([]),
            "/list length",
            json!({"type": ["array", "null"], "items": {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}, "minItems": 1, "maxItems": 2}),
        ),
        (
            "map",
            json!({"a": 1}),
            json!({"a": 1, "b": 2}),
            "/map length",
            json!({"type": ["object", "null"], "additionalProperties": {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}, "maxProperties": 1}),
        ),
        (
            "number",
            json!(150),
            json!(0),
            "/number range",
            json!({"type": ["integer", "null"], "format": "uint8", "minimum": 1, "maximum": 150}),
        ),
        (
            "share",
            json!(0.5),
            json!(1.0),
            "/share range",
            json!({"type": ["number", "null"], "format": "double", "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0}),
        ),
        (
            "email",
            json!("a@b.example"),
            json!("a"),
            "/email email",
            json!({"type": ["string", "null"], "format": "email"}),
        ),
        (
            "url",
            json!("https://b.example/"),
            json!("/b"),
            "/url url",
            json!({"type": ["string", "null"], "format": "uri"}),
        ),
        (
            "slug",
            json!("a-b"),
            json!("a b"),
            "/slug regex",
            json!({"type": ["string", "null"], "pattern": "^[a-z-]+$"}),
        ),
        (
            "item",
            json!({"name": "a"}),
            json!({"name": ""}),
            "/item/name length",
            json!({"anyOf": [{"$ref": "#/components/schemas/Item"}, {"type": "null"}]}),
        ),
        (
            "items",
            json!([{"name": "a"}]),
            json!([{"name": "a"}, {"name": ""}]),
            "/items/1/name length",
            json!({"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Item"}}),
        ),
        (
            "by_name",
            json!({"x": {"name": "a"}}),
            json!({"z": {"name": ""}, "x": {"name": "a"}, "y/": {"name": ""}}),
            "/by_name/y~1/name length, /by_name/z/name length",
            json!({"type": ["object", "null"], "additionalProperties": {"$ref": "#/components/schemas/Item"}}),
        ),
        (
            "even",
            json!(2),
            json!(3),
            "/even even",
            json!({"type": ["integer", "null"], "format": "uint8", "minimum": 0, "maximum": 255, "multipleOf": 2}),
        ),
        (
            "contact",
            json!({"kind": "mail", "address": "a@b.example"}),
            json!({"kind": "phone", "number": "1"}),
            "/contact/number length",
            json!({"anyOf": [{"$ref": "#/components/schemas/Contact"}, {"type": "null"}]}),
        ),
        (
            "color",
            json!("red"),
            json!("blue"),
            "/color type",
            json!({"anyOf": [{"$ref": "#/components/schemas/Color"}, {"type": "null"}]}),
        ),
        (
            "at",
            json!("2026-01-31T12:00:00.000Z"),
            json!("today"),
            "/at type",
            json!({"type": ["string", "null"], "format": "date-time"}),
        ),
        (
            "id",
            json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            json!("67e55044"),
            "/id type",
            json!({"type": ["string", "null"], "format": "uuid"}),
        ),
        (
            "ip",
            json!("::1"),
            json!("localhost"),
            "/ip type",
            json!({"type": ["string", "null"], "format": "ip"}),
        ),
        (
            "ipv4",
            json!("127.0.0.1"),
            json!("::1"),
            "/ipv4 type",
            json!({"type": ["string", "null"], "format": "ipv4"}),
        ),
        (
            "ipv6",
            json!("::1"),
            json!("127.0.0.1"),
            "/ipv6 type",
            json!({"type": ["string", "null"], "format": "ipv6"}),
        ),
    ]
}

/// Posts a body and returns the pointers and codes of its errors.
async fn errors(body: &Value) -> String {
    let app = TestApp::new(|_| Ok(app())).await;
    let problem = app.post("/").json(body).await;
    assert_eq!(problem.status, 422, "{body}");
    let problem = problem.json();
    let errors = problem["errors"].as_array().unwrap().iter();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = errors.map(|error| format!("{} {}", text(error, "pointer"), text(error, "code")));
    errors.collect::<Vec<_>>().join(", ")
}

#[whippet::test]
async fn each_rule_accepts_valid_values_and_reports_invalid_ones() {
    let app = TestApp::new(|_| Ok(app())).await;
    for (field, good, bad, expected, _) in rules() {
        let body = json!({ field: good });
        let accepted = app.post("/").json(&body).await;
        assert_eq!(accepted.json()[field], good, "{field}");
        assert_eq!(errors(&json!({ field: bad })).await, expected);
    }
}

#[whippet::test]
async fn unknown_fields_are_rejected_and_a_rule_can_compare_two_fields() {
    assert_eq!(errors(&json!({"from": 2, "until": 1})).await, " order");
    assert_eq!(errors(&json!({"other": 1})).await, "/other unknown");
}

#[whippet::test]
async fn messages_state_exclusive_bounds() {
    let app = TestApp::new(|_| Ok(app())).await;
    for (share, expected) in [(0.0, "must be more than 0.0 and less than 1.0")] {
        let problem = app.post("/").json(&json!({ "share": share })).await.json();
        assert_eq!(problem["errors"][0]["message"], expected);
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_schema_has_the_keyword_of_each_rule() {
    let document = app().document();
    let schemas = &document["components"]["schemas"];
    let everything = &schemas["EverythingInput"];
    for (field, .., expected) in rules() {
        assert_eq!(everything["properties"][field], expected, "{field}");
    }
    assert_eq!(everything["additionalProperties"], false);
    assert_eq!(schemas["Item"]["properties"]["name"]["minLength"], 1);
    assert_eq!(schemas["Color"]["enum"], json!(["red", "green"]));
    let contact = &schemas["Contact"];
    assert_eq!(contact["oneOf"].as_array().unwrap().len(), 2);
    assert_eq!(contact["discriminator"]["propertyName"], "kind");
}

#[whippet::test]
async fn a_json_pointer_has_only_names_from_the_request() {
    #[derive(Deserialize, Validate, JsonSchema)]
    struct Delivery {
        #[serde(flatten)]
        #[validate(nested)]
        place: Place,
        #[validate(nested)]
        #[serde(rename = "contents")]
        items: Vec<Item>,
    }
    #[post("/list")]
    async fn list(Valid(Json(items)): Valid<Json<Vec<Item>>>) -> Json<usize> {
        Json(items.len())
    }
    #[post("/delivery")]
    async fn delivery(Valid(Json(delivery)): Valid<Json<Delivery>>) -> Json<usize> {
        Json(delivery.items.len() + delivery.place.zip.len())
    }
    let app = TestApp::new(|_| Ok(App::new().routes(routes![list, delivery]))).await;
    let pointers = async |path: &str, body: Value| {
        let problem = app.post(path).json(&body).await.json();
        let errors = problem["errors"].as_array().unwrap().iter();
        let pointers = errors.map(|error| error["pointer"].as_str().unwrap().to_owned());
        pointers.collect::<Vec<_>>().join(" ")
    };
    let items = json!([{"name": "a"}, {"name": ""}]);
    assert_eq!(pointers("/list", items.clone()).await, "/1/name");
    let body = json!({"zip": "1", "contents": items});
    assert_eq!(pointers("/delivery", body).await, "/contents/1/name /zip");
}
