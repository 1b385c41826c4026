//! The extractor `Valid` reports all broken rules in one response. Each error has the JSON pointer of its field.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use validator::{Validate, ValidationError};
use whippet::extract::{Headers, Query};
use whippet::routing::{get, post};
use whippet::testing::TestApp;
use whippet::{App, Json, Path, Valid};

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
#[validate(schema(function = "no_contradiction"))]
struct Order {
    #[validate(length(min = 1, max = 3))]
    customer_name: String,
    #[validate(email)]
    e_mail: Option<String>,
    #[validate(nested)]
    ship_to: Option<Address>,
    #[validate(nested, length(max = 2))]
    #[serde(default)]
    line_items: Vec<LineItem>,
    #[serde(default)]
    is_gift: bool,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[validate(length(equal = 5))]
    zip_code: String,
}

#[derive(Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct LineItem {
    #[validate(range(min = 1))]
    how_many: i32,
    #[validate(custom(function = "even"))]
    #[serde(default)]
    pack_size: u8,
}

fn even(number: u8) -> Result<(), ValidationError> {
    let odd = || ValidationError::new("even").with_message("must be even".into());
    number.is_multiple_of(2).then_some(()).ok_or_else(odd)
}

fn no_contradiction(order: &Order) -> Result<(), ValidationError> {
    let contradicts = order.is_gift && order.ship_to.is_none();
    if contradicts {
        return Err(ValidationError::new("gift_without_address"));
    }
    Ok(())
}

#[derive(Deserialize, Validate)]
struct Page {
    #[validate(range(min = 1, max = 9))]
    per_page: u32,
}

async fn order(Valid(Json(_)): Valid<Json<Order>>) {}

async fn page(Valid(Query(Page { per_page })): Valid<Query<Page>>) -> String {
    per_page.to_string()
}

async fn app() -> TestApp {
    let app = App::new()
        .route("/order", post(order))
        .route("/page", get(page));
    TestApp::new(|_| Ok(app)).await
}

/// An order on each line. After `=>`, the line has the JSON pointers and codes of the errors in this order.
const ORDERS: &str = r#"
{"customerName": "abc", "eMail": "a@b.example"} =>
{"customerName": "äöü"} =>
{"customerName": ""} => /customerName length
{"customerName": "a", "eMail": "x"} => /eMail email
{"customerName": "a", "shipTo": {"zipCode": "1"}} => /shipTo/zipCode length
{"customerName": "a", "lineItems": [{"howMany": 1}, {"howMany": 0, "packSize": 3}]} => /lineItems/1/howMany range, /lineItems/1/packSize even
{"customerName": "a", "lineItems": [{"howMany": 1}, {"howMany": 1}, {"howMany": 1}]} => /lineItems length
{"customerName": "a", "isGift": true} =>  gift_without_address
{"customerName": "long", "eMail": "x", "shipTo": {"zipCode": ""}, "lineItems": [{"howMany": -1}]} => /customerName length, /eMail email, /lineItems/0/howMany range, /shipTo/zipCode length
{"eMail": "x"} => /customerName required, /eMail email
{"customerName": 5, "eMail": "x", "lineItems": [{"howMany": 0, "packSize": "2"}]} => /customerName type, /eMail email, /lineItems/0/howMany range, /lineItems/0/packSize type
{"customerName": "a", "isGift": true, "shipTo": 5} => /shipTo type
"#;

#[whippet::test]
async fn errors_point_to_fields_by_their_names_in_the_request() {
    let app = app().await;
    for case in ORDERS.trim().lines() {
        let (order, expected) = case.split_once(" =>").unwrap();
        let response = app.post("/order").json_text(order).await;
        if expected.is_empty() {
            assert_eq!(response.status, 200, "{case}");
            continue;
        }
        let problem = response.json();
        let errors = problem["errors"].as_array().unwrap().iter();
        let errors = errors.map(|error| {
            let field = |name| error[name].as_str().unwrap();
            format!("{} {}", field("pointer"), field("code"))
        });
        let errors = errors.collect::<Vec<_>>().join(", ");
        assert_eq!(format!(" {errors}"), expected, "{case}");
    }
}

#[whippet::test]
async fn an_error_has_the_limits_and_a_message_but_not_the_value() {
    let order = json!({"customerName": "hush-hush", "shipTo": {"zipCode": "x"}, "lineItems": [{"howMany": 0, "packSize": 1}]});
    let response = app().await.post("/order").json(&order).await;
    let expected = json!([
        {"pointer": "/customerName", "code": "length", "message": "the length must be from 1 to 3", "params": {"min": 1, "max": 3}},
        {"pointer": "/lineItems/0/howMany", "code": "range", "message": "must be at least 1", "params": {"min": 1}},
        {"pointer": "/lineItems/0/packSize", "code": "even", "message": "must be even"},
        {"pointer": "/shipTo/zipCode", "code": "length", "message": "the length must be 5", "params": {"equal": 5}},
    ]);
    assert_eq!(response.json()["errors"], expected);
    assert!(!response.text().contains("hush"));
}

#[whippet::test]
async fn invalid_types_and_violated_rules_are_reported_together() {
    #[derive(Deserialize, Validate)]
    #[allow(dead_code, reason = "its fields are only deserialized")]
    struct Sent {
        #[validate(range(min = 1))]
        first: u32,
        second: bool,
        #[validate(range(max = 9))]
        third: u32,
    }
    async fn query(Valid(Query(_)): Valid<Query<Sent>>) {}
    async fn headers(Valid(Headers(_)): Valid<Headers<Sent>>) {}
    async fn path(Path(_): Path<(u8, u8)>) {}
    let app = App::new()
        .route("/query", get(query))
        .route("/headers", get(headers))
        .route("/path/{a}/{b}", get(path));
    let app = TestApp::new(|_| Ok(app)).await;
    let query = app.get("/query?first=0&second=x&third=10").await;
    let headers = app
        .get("/headers")
        .header("first", "0")
        .header("third", "10")
        .await;
    for (response, code) in [(query, "type"), (headers, "required")] {
        response.assert_json_includes(json!({"errors": [
            {"pointer": "/first", "code": "range"},
            {"pointer": "/second", "code": code},
            {"pointer": "/third", "code": "range"},
        ]}));
    }
    let path = app.get("/path/1/x").await;
    path.assert_json_includes(json!({"errors": [{"pointer": "/b", "code": "type"}]}));
}

#[whippet::test]
async fn text_that_is_not_a_json_number_is_not_a_valid_float() {
    #[derive(Deserialize, Validate)]
    struct Sent {
        #[validate(range(min = 0.0, max = 1.0))]
        ratio: f64,
        #[validate(range(min = 0.0))]
        price: f32,
    }
    async fn query(Valid(Query(sent)): Valid<Query<Sent>>) -> String {
        format!("{} {}", sent.ratio, sent.price)
    }
    let app = TestApp::new(|_| Ok(App::new().route("/", get(query)))).await;
    assert_eq!(app.get("/?ratio=1e-1&price=2.5").await.text(), "0.1 2.5");
    for (ratio, price, pointer) in [
        ("NaN", "1", "/ratio"),
        ("inf", "1", "/ratio"),
        ("1", "1e39", "/price"),
        ("1", "-infinity", "/price"),
    ] {
        let response = app.get(&format!("/?ratio={ratio}&price={price}")).await;
        response.assert_status(422);
        response.assert_json_includes(json!({"errors": [{"pointer": pointer, "code": "type"}]}));
    }
}

#[whippet::test]
async fn at_most_a_thousand_violated_rules_are_reported() {
    #[derive(Deserialize, Validate)]
    struct Item {
        #[validate(range(min = 1))]
        n: u32,
    }
    #[derive(Deserialize, Validate)]
    struct Sent {
        #[validate(nested)]
        items: Vec<Item>,
    }
    async fn take(Valid(Json(sent)): Valid<Json<Sent>>) -> String {
        sent.items.iter().map(|item| item.n.to_string()).collect()
    }
    let app = TestApp::new(|_| Ok(App::new().route("/", post(take)))).await;
    let items = vec![json!({"n": 0}); 1_500];
    let response = app.post("/").json(&json!({"items": items})).await;
    response.assert_status(422);
    let errors = response.json();
    let errors = errors["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1_000);
    assert!(errors.iter().any(|error| error["pointer"] == "/items/2/n"));
}

#[whippet::test]
async fn an_error_in_a_map_or_set_has_the_pointer_of_its_value() {
    #[derive(Deserialize, Validate, PartialEq, Eq, Hash, PartialOrd, Ord)]
    struct Item {
        #[validate(length(min = 1))]
        name: String,
    }
    #[derive(Deserialize, Validate)]
    struct Sent {
        #[validate(nested)]
        hashed: HashMap<String, Item>,
        #[validate(nested)]
        ordered: BTreeMap<String, Item>,
        #[validate(nested)]
        set: HashSet<Item>,
    }
    async fn take(Valid(Json(sent)): Valid<Json<Sent>>) -> String {
        (sent.hashed.len() + sent.ordered.len() + sent.set.len()).to_string()
    }
    let app = TestApp::new(|_| Ok(App::new().route("/", post(take)))).await;
    let item = |number: usize| json!({"name": if matches!(number, 7 | 12) { "" } else { "a" }});
    let map: Map<String, Value> = (0..20)
        .map(|number| (format!("k{number}"), item(number)))
        .collect();
    let set: Vec<Value> = (0..20)
        .map(|number| json!({"name": "x".repeat(number)}))
        .collect();
    let body = json!({"hashed": map, "ordered": map, "set": set});
    let response = app.post("/").json(&body).await.assert_status(422).json();
    let errors = response["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    let expected = [
        "/hashed/k12/name",
        "/hashed/k7/name",
        "/ordered/k12/name",
        "/ordered/k7/name",
        "/set/0/name",
    ];
    assert_eq!(pointers, expected);
}

#[whippet::test]
async fn query_parameters_are_validated_too() {
    let app = app().await;
    assert_eq!(app.get("/page?per_page=9").await.text(), "9");
    for query in ["?per_page=0", "?per_page=10", "?per_page=x"] {
        let response = app.get(&format!("/page{query}")).await;
        assert_eq!(
            response.json()["errors"][0]["pointer"],
            "/per_page",
            "{query}"
        );
    }
    assert_eq!(app.get("/page").await.status, 422);
}

#[derive(Deserialize, Validate)]
struct Renamed {
    #[validate(length(min = 1))]
    #[serde(rename = "type")]
    kind: String,
    #[validate(required)]
    #[serde(rename = "valid-until")]
    valid_until: Option<String>,
    #[validate(nested)]
    #[serde(rename = "at")]
    place: Address,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "kebab-case")]
struct RenamedHeaders {
    #[validate(length(min = 3))]
    x_tenant: String,
}

#[derive(Deserialize, Validate)]
struct Numbered {
    #[validate(range(max = 9))]
    number: u32,
}

#[whippet::test]
async fn a_json_pointer_uses_the_serde_name_of_the_field() {
    async fn renamed(Valid(Json(Renamed { .. })): Valid<Json<Renamed>>) {}
    async fn headers(Valid(Headers(RenamedHeaders { .. })): Valid<Headers<RenamedHeaders>>) {}
    async fn numbered(Valid(Path(Numbered { .. })): Valid<Path<Numbered>>) {}
    let app = App::new()
        .route("/renamed", post(renamed))
        .route("/headers", get(headers))
        .route("/numbered/{number}", get(numbered));
    let app = TestApp::new(|_| Ok(app)).await;
    let pointers = async |request: whippet::testing::TestRequest<'_>| {
        let response = request.await.json();
        let errors = response["errors"].as_array().unwrap().clone();
        let pointers = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned());
        pointers.collect::<Vec<_>>().join(" ")
    };
    let body = json!({"type": "", "at": {"zipCode": "1"}});
    assert_eq!(
        pointers(app.post("/renamed").json(&body)).await,
        "/at/zipCode /type /valid-until"
    );
    assert_eq!(
        pointers(app.get("/headers").header("x-tenant", "ab")).await,
        "/x-tenant"
    );
    assert_eq!(pointers(app.get("/numbered/10")).await, "/number");
}
