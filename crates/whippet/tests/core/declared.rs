//! The OpenAPI document describes everything that an operation reads, and all its responses.

use std::borrow::Cow;
use std::convert::Infallible;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::axum::body::{Body, Bytes};
use whippet::axum::extract::rejection::BytesRejection;
use whippet::axum::extract::{FromRequestParts, OptionalFromRequestParts};
use whippet::axum::http::StatusCode;
use whippet::axum::http::request::Parts;
use whippet::axum::response::Html;
use whippet::extract::{Argument, Form, Raw};
use whippet::openapi::{Info, OperationBuilder};
use whippet::problem::Extension;
use whippet::routing::Reads;
use whippet::testing::TestApp;
use whippet::{
    App, Context, Created, Db, FieldError, Json, Problem, ProblemType, dependency, get, post,
    query, routes,
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    count: u32,
}

const LOCKED: ProblemType = ProblemType {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    name: "locked",
    title: "Locked",
    doc: "The order is locked.",
    extensions: &[],
};

const OUT_OF_STOCK: ProblemType = ProblemType {
    status: StatusCode::UNPROCESSABLE_ENTITY,
    name: "out_of_stock",
    title: "Out of stock",
    doc: "There are too few items.",
    extensions: &[
        Extension::ERRORS,
        Extension::new::<Order>("available", "The order that is possible."),
    ],
};

#[post("/json")]
async fn optional_json(order: Option<Json<Order>>) -> String {
    order.map_or("nothing".to_owned(), |Json(order)| order.count.to_string())
}

#[post("/form")]
async fn optional_form(order: Option<Form<Order>>) -> String {
    order.map_or("nothing".to_owned(), |Form(order)| order.count.to_string())
}

#[post("/raw")]
async fn optional_raw(Raw(order, bytes): Raw<Option<Json<Order>>>) -> String {
    format!("{} {}", order.is_some(), bytes.len())
}

#[post("/result")]
async fn any_json(order: Result<Json<Order>, Problem>) -> String {
    order.is_ok().to_string()
}

#[post("/orders", errors(LOCKED, OUT_OF_STOCK))]
async fn create_order(Json(order): Json<Order>) -> Result<Json<Value>, Problem> {
    match order.count {
        0 => Err(LOCKED.with_detail("the order 0 is locked")),
        1 => Ok(Json(Value::Null)),
        count => {
            let error = FieldError::new("/count", "range", "must be at most 1");
            let problem = OUT_OF_STOCK.with_detail(format!("{count} are not available"));
            let problem = problem.errors(vec![error]).extension("code", "ignored");
            match count {
                2 => Err(problem.extension("available", json!({"count": 1}))),
                _ => Err(problem),
            }
        }
    }
}

#[derive(Clone)]
struct Stock(u32);

#[dependency]
async fn stock(db: Db) -> Result<Stock, Problem> {
    Ok(Stock(query("select 1 from nowhere").fetch_one(&db).await?))
}

#[get("/stock")]
async fn read_stock(Stock(count): Stock) -> String {
    count.to_string()
}

/// Returns a body of one of two types.
#[get("/either")]
async fn either() -> Result<Json<Order>, Json<Vec<Order>>> {
    Err(Json(Vec::new()))
}

#[get("/nothing")]
async fn nothing() -> Json<Option<Order>> {
    Json(None)
}

#[get("/unit")]
async fn unit() -> Json<()> {
    Json(())
}

macro_rules! returning {
    ($($path:literal $name:ident $type:ty = $value:expr;)*) => {
        $(
            #[get($path)]
            async fn $name() -> $type {
                $value
            }
        )*

        const RETURNING: &[&str] = &[$($path),*];

        fn returning() -> App {
            App::new().routes(routes![$($name),*])
        }
    };
}

returning! {
    "/str" text &'static str = "a";
    "/string" string String = String::new();
    "/box-str" boxed_text Box<str> = "a".into();
    "/cow-str" cow_text Cow<'static, str> = "a".into();
    "/slice" slice &'static [u8] = b"a";
    "/vec" vec Vec<u8> = Vec::new();
    "/box-slice" boxed_slice Box<[u8]> = Box::default();
    "/cow-slice" cow_slice Cow<'static, [u8]> = Cow::default();
    "/bytes" bytes Bytes = Bytes::new();
    "/body" body Body = Body::empty();
    "/html" html Html<&'static str> = Html("<p>");
    "/value" value Json<Value> = Json(Value::Null);
    "/any" any Created<Value> = Created::new(json!([1]));
}

#[whippet::test]
async fn a_return_type_is_documented_with_the_media_type_that_is_sent() {
    // The app checks each response against the document.
    let app = TestApp::new(|_| Ok(returning())).await;
    for path in RETURNING {
        let response = app.get(path).await;
        assert!(response.status.is_success(), "{path}");
        let documented = &returning().document()["paths"][path]["get"]["responses"];
        let documented = documented[response.status.as_str()]["content"].as_object();
        let media = documented.unwrap().keys().next().unwrap();
        let sent = response.headers.get("content-type");
        let sent = sent.map_or("*/*", |sent| sent.to_str().unwrap());
        assert_eq!(sent.split(';').next(), Some(media.as_str()), "{path}");
    }
}

fn app() -> App {
    App::new().openapi(Info::new("Orders", "1")).routes(routes![
        optional_json,
        optional_form,
        optional_raw,
        any_json,
        create_order,
        read_stock,
        either,
        nothing,
        unit
    ])
}

async fn started() -> TestApp {
    TestApp::new(|_| Ok(app())).await
}

#[whippet::test]
async fn an_optional_body_is_in_the_document() {
    let document = app().document();
    for (path, media) in [
        ("/json", "application/json"),
        ("/form", "application/x-www-form-urlencoded"),
        ("/raw", "application/json"),
        ("/result", "application/json"),
    ] {
        let operation = &document["paths"][path]["post"];
        let body = json!({
            "required": false,
            "content": {media: {"schema": {"$ref": "#/components/schemas/Order"}}},
        });
        assert_eq!(operation["requestBody"], body, "{path}");
        let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
        assert_eq!(
            statuses,
            ["200", "400", "408", "413", "415", "422"],
            "{path}"
        );
    }
    let app = started().await;
    app.post("/json").await.assert_status(200);
    app.post("/form").await.assert_status(200);
    app.post("/json").body("1").await.assert_status(415);
    app.post("/json").json(&json!({})).await.assert_status(422);
    app.post("/raw")
        .json(&json!({"count": 1}))
        .await
        .assert_status(200);
}

#[post("/bytes")]
async fn read_bytes(body: Bytes) -> String {
    body.len().to_string()
}

#[post("/text")]
async fn read_text(body: String) -> String {
    body
}

#[post("/stream")]
async fn read_stream(_body: Body) {}

#[post("/optional")]
async fn read_optional(body: Result<Bytes, BytesRejection>) -> String {
    body.is_ok().to_string()
}

#[whippet::test]
async fn a_body_of_any_media_type_is_in_the_document() {
    let document = App::new()
        .routes(routes![read_bytes, read_text, read_stream, read_optional])
        .document();
    for (path, schema) in [
        ("/bytes", json!(true)),
        ("/text", json!({"type": "string"})),
        ("/stream", json!(true)),
        ("/optional", json!(true)),
    ] {
        let body = json!({"required": false, "content": {"*/*": {"schema": schema}}});
        let operation = &document["paths"][path]["post"];
        assert_eq!(operation["requestBody"], body, "{path}");
    }
}

#[whippet::test]
async fn a_422_of_an_app_has_the_schema_of_its_problem_type() {
    let document = app().document();
    let response = &document["paths"]["/orders"]["post"]["responses"]["422"];
    let schema = &response["content"]["application/problem+json"]["schema"];
    let references = ["ValidationProblem", "Problem", "OutOfStockProblem"]
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    assert_eq!(*schema, json!({"anyOf": references}));
    // The app checks each response against the document.
    let app = started().await;
    let locked = app.post("/orders").json(&json!({"count": 0})).await;
    locked.assert_problem(422, "locked");
    let invalid = app.post("/orders").json(&json!({"count": "x"})).await;
    invalid.assert_problem(422, "validation");
    assert!(invalid.json().get("detail").is_none());
}

#[whippet::test]
async fn a_problem_has_the_field_errors_and_extensions_of_its_type() {
    let document = app().document();
    let schema = &document["components"]["schemas"]["OutOfStockProblem"];
    assert_eq!(schema["description"], "There are too few items.");
    assert_eq!(
        schema["required"],
        json!(["type", "title", "status", "code", "errors", "available"])
    );
    assert_eq!(
        schema["properties"]["available"],
        json!({"$ref": "#/components/schemas/Order", "description": "The order that is possible."})
    );
    assert_eq!(
        schema["properties"]["errors"]["items"]["$ref"],
        "#/components/schemas/FieldError"
    );
    let app = started().await;
    let problem = app.post("/orders").json(&json!({"count": 2})).await;
    problem.assert_status(422).assert_json(json!({
        "type": "/problems/out_of_stock", "title": "Out of stock", "status": 422, "code": "out_of_stock",
        "detail": "2 are not available", "available": {"count": 1},
        "errors": [{"pointer": "/count", "code": "range", "message": "must be at most 1"}],
    }));
}

#[whippet::test]
async fn an_operation_documents_that_its_dependency_can_fail() {
    let document = app().document();
    let responses = &document["paths"]["/stock"]["get"]["responses"];
    let statuses: Vec<_> = responses.as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200", "500", "503"]);
    started().await.get("/stock").await.assert_status(500);
}

#[whippet::test]
async fn a_response_may_match_any_schema_of_its_status() {
    let document = app().document();
    let responses = &document["paths"]["/either"]["get"]["responses"];
    let schema = &responses["200"]["content"]["application/json"]["schema"];
    assert_eq!(
        schema["anyOf"].as_array().map(Vec::len),
        Some(2),
        "{schema}"
    );
    let app = started().await;
    app.get("/either").await.assert_json(json!([]));
    app.get("/nothing").await.assert_json(&Value::Null);
    app.get("/unit").await.assert_json(&Value::Null);
    let any = app.post("/orders").json(&json!({"count": 1})).await;
    any.assert_json(&Value::Null);
}

macro_rules! keys {
    ($($name:ident)*) => {$(
        struct $name;

        impl Argument for $name {
            const READS: Reads = Reads::Nothing;

            fn describe(operation: &mut OperationBuilder<'_>) {
                let name = stringify!($name);
                operation.security(name, json!({"type": "apiKey", "in": "header", "name": name}));
            }
        }

        impl FromRequestParts<Context> for $name {
            type Rejection = Infallible;

            async fn from_request_parts(_: &mut Parts, _: &Context) -> Result<Self, Infallible> {
                Ok(Self)
            }
        }

        impl OptionalFromRequestParts<Context> for $name {
            type Rejection = Infallible;

            async fn from_request_parts(_: &mut Parts, _: &Context) -> Result<Option<Self>, Infallible> {
                Ok(None)
            }
        }
    )*};
}

keys! { UserKey AppKey }

#[get("/both")]
async fn with_both_keys(_: UserKey, _: AppKey) {}

#[get("/one")]
async fn with_one_optional_key(_: UserKey, _: Option<AppKey>) {}

#[get("/optional")]
async fn with_an_optional_key(_: Option<AppKey>) {}

#[whippet::test]
async fn an_operation_requires_all_its_security_schemes_except_optional_ones() {
    let app = App::new().routes(routes![
        with_both_keys,
        with_one_optional_key,
        with_an_optional_key
    ]);
    let document = app.document();
    for (path, security) in [
        ("/both", json!([{"UserKey": [], "AppKey": []}])),
        (
            "/one",
            json!([{"UserKey": [], "AppKey": []}, {"UserKey": []}]),
        ),
        ("/optional", json!([{"AppKey": []}, {}])),
    ] {
        assert_eq!(
            document["paths"][path]["get"]["security"], security,
            "{path}"
        );
    }
}
