//! Requests with integers that some hosts cannot represent exactly.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};
use validator::Validate;
use whippet::extract::{Form, Query};
use whippet::openapi::Info;
use whippet::testing::TestApp;
use whippet::{
    App, Change, Db, Json, Patch, Path, Problem, Valid, get, patch, post, query, routes,
};

#[derive(Serialize, Deserialize, Validate, JsonSchema)]
struct Counts {
    signed: i64,
    unsigned: Option<u64>,
    #[serde(default)]
    list: Vec<u64>,
    #[serde(default)]
    any: Value,
    number: Option<Number>,
    text: Option<String>,
    real: Option<f64>,
}

/// Sends the signed integer to the database, and returns what the database returns.
#[post("/counts")]
async fn count(db: Db, Valid(Json(counts)): Valid<Json<Counts>>) -> Result<Json<i64>, Problem> {
    let stored = query("select ?1")
        .bind(counts.signed)
        .fetch_one(&db)
        .await?;
    Ok(Json(stored))
}

#[derive(Deserialize, JsonSchema)]
struct CountUpdate {
    signed: Change<i64>,
    unsigned: Patch<u64>,
}

#[patch("/counts")]
async fn update(Json(update): Json<CountUpdate>) -> Json<(Option<i64>, Option<u64>)> {
    Json((update.signed.into_value(), update.unsigned.into_value()))
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    from: i64,
    size: Option<u64>,
}

#[get("/counts")]
async fn list(Query(page): Query<Page>) -> Json<(i64, Option<u64>)> {
    Json((page.from, page.size))
}

#[post("/forms")]
async fn form(Form(page): Form<Page>) -> Json<(i64, Option<u64>)> {
    Json((page.from, page.size))
}

#[get("/counts/{id}")]
async fn one(Path(id): Path<i64>) -> Json<i64> {
    Json(id)
}

async fn app() -> TestApp {
    let app = App::new().routes(routes![count, update, list, form, one, buffered]);
    TestApp::new(|_| Ok(app.openapi(Info::new("Counts", "1")))).await
}

/// A body with types for which serde buffers the numbers before it knows the types of the fields.
#[derive(Deserialize, JsonSchema)]
struct Buffered {
    #[serde(flatten)]
    rest: Rest,
    amount: Option<Amount>,
    event: Option<Event>,
    #[serde(default)]
    by_id: BTreeMap<u64, bool>,
    #[serde(default)]
    by_name: BTreeMap<String, bool>,
    #[schemars(with = "Option<i64>")]
    wide: Option<i128>,
}

#[derive(Deserialize, JsonSchema)]
struct Rest {
    count: Option<i64>,
    any: Option<Value>,
    real: Option<f64>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Amount {
    Integer(i64),
    Text(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Event {
    Sold { pieces: u64, price: f64 },
}

/// Sends the integers to the database, and returns what the database returns.
#[post("/buffered")]
async fn buffered(db: Db, Json(body): Json<Buffered>) -> Result<Json<Vec<i64>>, Problem> {
    let _ = (body.rest.any, body.rest.real, body.by_name, body.wide);
    let amount = body.amount.and_then(|amount| match amount {
        Amount::Integer(amount) => Some(amount),
        Amount::Text(text) => text.parse().ok(),
    });
    let pieces = body.event.map(|Event::Sold { pieces, price }| {
        let _ = price;
        pieces
    });
    let integers = body.rest.count.into_iter().chain(amount);
    let unsigned = pieces.into_iter().chain(body.by_id.into_keys());
    let integers = integers.chain(unsigned.filter_map(|integer| i64::try_from(integer).ok()));
    let mut stored = Vec::new();
    for integer in integers {
        stored.push(query("select ?1").bind(integer).fetch_one(&db).await?);
    }
    Ok(Json(stored))
}

/// Asserts that the response has one error for each pointer, and that the message of each error states the limits.
fn assert_limits(response: &whippet::testing::TestResponse, pointers: &[&str]) {
    let errors = response.assert_problem(422, "validation").json()["errors"].clone();
    let errors: Vec<_> = errors.as_array().unwrap().iter().collect();
    let found: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(found, pointers);
    for error in errors {
        assert_eq!(error["code"], "range");
        let message = error["message"].as_str().unwrap();
        let limits = "must be from -9007199254740991 to 9007199254740991";
        assert!(message.starts_with(limits), "{message}");
    }
}

#[whippet::test]
async fn a_json_field_of_64_bits_rejects_integers_that_are_not_exact() {
    let app = app().await;
    for limit in [9_007_199_254_740_991_i64, -9_007_199_254_740_991] {
        let counts = json!({"signed": limit, "unsigned": 9_007_199_254_740_991_u64});
        let response = app.post("/counts").json(&counts).await;
        response.assert_status(200).assert_json(limit);
    }
    for beyond in [9_007_199_254_740_992_i64, -9_007_199_254_740_992, i64::MIN] {
        let counts = json!({"signed": beyond});
        assert_limits(&app.post("/counts").json(&counts).await, &["/signed"]);
        let update = app.patch("/counts").json(&counts).await;
        assert_limits(&update, &["/signed"]);
    }
    let all = json!({"signed": i64::MAX, "unsigned": u64::MAX, "list": [1, u64::MAX, 2, i64::MAX]});
    let pointers = ["/list/1", "/list/3", "/signed", "/unsigned"];
    let body = serde_json::to_string_pretty(&all).unwrap();
    assert_limits(&app.post("/counts").json_text(body).await, &pointers);
    let update = app.patch("/counts").json(&json!({"unsigned": u64::MAX}));
    assert_limits(&update.await, &["/unsigned"]);
}

#[whippet::test]
async fn other_fields_may_have_larger_integers() {
    let app = app().await;
    let mut counts = json!({
        "signed": 1, "any": {"deep": [u64::MAX]}, "number": u64::MAX, "text": u64::MAX.to_string(), "real": i64::MAX,
    });
    let response = app.post("/counts").json(&counts).await;
    response.assert_status(200).assert_json(1);
    counts["signed"] = json!(i64::MAX);
    assert_limits(&app.post("/counts").json(&counts).await, &["/signed"]);
}

#[whippet::test]
async fn integers_that_serde_buffers_are_rejected_too() {
    let app = app().await;
    let beyond = 9_007_199_254_740_993_u64;
    for (body, pointer) in [
        (json!({"count": beyond}), "/count"),
        (json!({"count": i64::MIN, "real": 1.5}), "/count"),
        (json!({"amount": beyond}), "/amount"),
        (
            json!({"event": {"pieces": beyond, "price": beyond, "kind": "Sold"}}),
            "/event/pieces",
        ),
        (
            json!({"by_id": {"9007199254740993": true}}),
            "/by_id/9007199254740993",
        ),
        (
            json!({"any": [beyond, {"a": beyond}], "real": beyond, "count": beyond}),
            "/count",
        ),
    ] {
        assert_limits(&app.post("/buffered").json(&body).await, &[pointer]);
    }
    let all = json!({"amount": beyond, "count": beyond, "event": {"kind": "Sold", "pieces": beyond, "price": 1}});
    let pointers = ["/amount", "/count", "/event/pieces"];
    assert_limits(&app.post("/buffered").json(&all).await, &pointers);
    let others = json!({
        "any": [beyond, {"9007199254740993": u64::MAX}], "real": u64::MAX, "amount": "9007199254740991", "wide": i64::MAX,
        "by_name": {"9007199254740993": true}, "by_id": {"1": true},
        "event": {"kind": "Sold", "pieces": 2, "price": u64::MAX},
    });
    let response = app.post("/buffered").json(&others).await;
    response
        .assert_status(200)
        .assert_json(json!([9_007_199_254_740_991_i64, 2, 1]));
    // serde_json reads an integer beyond 64 bits as a float.
    for text in ["18446744073709551616", "1e400", &"9".repeat(400)] {
        for field in ["count", "amount"] {
            let body = format!(r#"{{"{field}": {text}}}"#);
            let response = app.post("/buffered").json_text(body).await;
            response.assert_problem(422, "validation");
        }
    }
}

#[whippet::test]
async fn an_integer_after_many_others_is_found() {
    let app = app().await;
    let many = vec![u64::MAX; 5000];
    let body = json!({"any": many, "count": i64::MAX, "real": 1});
    assert_limits(&app.post("/buffered").json(&body).await, &["/count"]);
    let body = json!({"any": many, "list": [u64::MAX], "signed": i64::MAX, "text": null});
    let found = app.post("/counts").json(&body).await;
    assert_limits(&found, &["/list/0", "/signed"]);
}

#[whippet::test]
async fn parameters_and_forms_reject_integers_that_are_not_exact() {
    let app = app().await;
    let exact = "/counts?from=-9007199254740991&size=9007199254740991";
    app.get(exact).await.assert_status(200);
    let beyond = "from=-9007199254740992&size=18446744073709551615";
    let listed = app.get(&format!("/counts?{beyond}")).await;
    assert_limits(&listed, &["/from", "/size"]);
    let form = app.post("/forms").body(beyond);
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    assert_limits(&form.await, &["/from", "/size"]);
    assert_limits(&app.get("/counts/9007199254740992").await, &["/id"]);
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_document_has_the_limits() {
    let document = app().await.get("/openapi.json").await.json();
    let fields = &document["components"]["schemas"]["Counts"]["properties"];
    assert_eq!(fields["signed"]["minimum"], -9_007_199_254_740_991_i64);
    for field in [
        &fields["signed"],
        &fields["unsigned"],
        &fields["list"]["items"],
    ] {
        assert_eq!(field["maximum"], 9_007_199_254_740_991_i64, "{field}");
    }
    let page = &document["paths"]["/counts"]["get"]["parameters"];
    assert_eq!(page[0]["schema"]["maximum"], 9_007_199_254_740_991_i64);
}
