//! Operations, which are functions with an attribute such as `#[get("/hello")]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::{HeaderMap, Method, StatusCode, request::Parts};
use whippet::extract::Query;
use whippet::problem::types::CONFLICT;
use whippet::routing::{self, Operation, Reads};
use whippet::testing::{TestApp, block_on};
use whippet::{
    App, AppError, Clock, Config, Context, Json, Path, Problem, Valid, delete, get, post, put,
    routes,
};

/// An extractor that reads headers without describing them in the OpenAPI document.
struct Agent(String);

impl FromRequestParts<Context> for Agent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let agent = parts
            .headers
            .get("user-agent")
            .and_then(|agent| agent.to_str().ok());
        let agent = agent.ok_or_else(|| Problem::unauthorized("who are you?"))?;
        Ok(Self(agent.to_owned()))
    }
}

#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
struct Item {
    #[validate(length(min = 1))]
    name: String,
    #[validate(range(max = 9))]
    count: u32,
}

#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
struct Params {
    #[validate(range(min = 1))]
    limit: Option<u32>,
}

/// Say hello.
///
/// To everybody.
#[get("/hello")]
async fn hello() -> &'static str {
    "hello"
}

#[post(
    "/items/{id}",
    status = 201,
    tag = "Items",
    errors(CONFLICT),
    deprecated
)]
async fn create_item(
    Path(id): Path<u32>,
    Valid(Query(params)): Valid<Query<Params>>,
    agent: Agent,
    Valid(Json(item)): Valid<Json<Item>>,
) -> Result<Json<(u32, Option<u32>, String, Item)>, Problem> {
    if item.name == "taken" {
        return Err(Problem::conflict("taken"));
    }
    Ok(Json((id, params.limit, agent.0, item)))
}

#[put("/items/{id}", status = 204)]
async fn touch_item(Path(_): Path<u32>, _headers: HeaderMap, _clock: Clock) {}

#[delete("/items/{id}")]
async fn delete_item(Path(_): Path<u32>) -> StatusCode {
    StatusCode::ACCEPTED
}

fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new()
        .route("/hello", routing::post(hello))
        .routes(routes![hello, create_item, touch_item])
        .routes(routes![delete_item]))
}

#[whippet::test]
fn the_attribute_sets_the_path_the_method_and_the_success_status() {
    block_on(async {
        let app = TestApp::new(app).await;
        let item = r#"{"name":"a","count":1}"#;
        let post = |body: &'static str| {
            app.post("/items/7?limit=3")
                .header("user-agent", "me")
                .json_text(body)
        };
        let created = post(item).await;
        assert_eq!(created.status, StatusCode::CREATED);
        assert_eq!(created.text(), r#"[7,3,"me",{"name":"a","count":1}]"#);
        assert_eq!(
            post(r#"{"name":"taken","count":1}"#).await.status,
            StatusCode::CONFLICT
        );
        assert_eq!(
            app.request(Method::PUT, "/items/7").await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(app.delete("/items/7").await.status, StatusCode::ACCEPTED);
        assert_eq!(app.get("/hello").await.text(), "hello");
        assert_eq!(app.post("/hello").await.text(), "hello");
        let allow = app.request(Method::PATCH, "/items/7").await;
        assert_eq!(allow.header("allow"), "POST, PUT, DELETE, OPTIONS");
    });
}

#[whippet::test]
fn a_function_with_an_attribute_stays_callable() {
    assert_eq!(block_on(hello()), "hello");
}

#[whippet::test]
fn the_field_errors_of_all_arguments_are_reported_together() {
    block_on(async {
        let app = TestApp::new(app).await;
        let invalid = app
            .post("/items/x?limit=0")
            .json_text(r#"{"name":"","count":10}"#);
        let response = invalid.header("user-agent", "me").await;
        assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY);
        let errors = response.json()["errors"].clone();
        let pointers: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].clone())
            .collect();
        assert_eq!(pointers, ["/id", "/limit", "/count", "/name"]);
    });
}

#[whippet::test]
fn other_rejections_take_precedence_over_field_errors() {
    block_on(async {
        let app = TestApp::new(app).await;
        let stranger = app.post("/items/x?limit=0").json_text("{}").await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
        let not_json = app.post("/items/x").header("user-agent", "me").await;
        assert_eq!(not_json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    });
}

#[whippet::test]
fn a_route_lists_the_headers_that_its_arguments_read() {
    let json = Reads::Headers(&["content-type"]);
    let nothing = Reads::Nothing;
    assert_eq!(<hello as Operation>::ROUTE.reads, []);
    assert_eq!(
        <create_item as Operation>::ROUTE.reads,
        [nothing, nothing, Reads::Everything, json]
    );
    assert_eq!(
        <touch_item as Operation>::ROUTE.reads,
        [nothing, Reads::Everything, nothing]
    );
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_route_has_the_documentation_of_its_function() {
    let route = <create_item as Operation>::ROUTE.document;
    assert_eq!((route.tag, route.deprecated), (Some("Items"), true));
    assert_eq!(
        <hello as Operation>::ROUTE.document.doc,
        "Say hello.\n\nTo everybody."
    );
}

mod other {
    #[whippet::get("/elsewhere")]
    pub(crate) async fn hello() {}
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_webhook_with_the_id_of_an_operation_or_webhook_is_rejected_at_startup() {
    let start = |webhooks: &[&'static str]| {
        let info = whippet::openapi::Info::new("Hello", "1");
        let info = webhooks
            .iter()
            .fold(info, |info, name| info.webhook(name, "", |_| {}));
        let build = |_: &Config| Ok(App::new().openapi(info).routes(routes![hello]));
        let started = block_on(TestApp::builder().try_start(build));
        started.err().map(|error| error.to_string())
    };
    assert_eq!(start(&["changed", "deleted"]), None);
    let expected = "the webhook \"hello\" has the same name as an operation id: rename the webhook";
    assert_eq!(start(&["hello"]).as_deref(), Some(expected));
    let expected = "two webhooks have the name \"changed\": rename one of them";
    assert_eq!(start(&["changed", "changed"]).as_deref(), Some(expected));
}

#[whippet::test]
fn conflicting_operations_are_rejected_at_startup() {
    let start = |routes: routing::Routes, plain: &'static str| {
        let build = |_: &Config| {
            let app = App::new().route(plain, routing::get(hello));
            Ok(app.routes(routes))
        };
        let started = block_on(TestApp::builder().try_start(build));
        started.unwrap_err().to_string()
    };
    let text = start(routes![hello, other::hello], "/plain");
    assert!(
        text.contains(r#"two operations have the id "hello", at /hello and at /elsewhere"#),
        "{text}"
    );
    let text = start(routes![hello], "/hello");
    assert!(
        text.contains("the route /hello cannot be added: GET already has a handler there"),
        "{text}"
    );
}
