//! Files in the variables of an operation.

use async_graphql::{
    EmptyMutation, EmptySubscription, InputObject, Object, Schema, SchemaBuilder, Upload,
};
use serde_json::{Value, json};
use whippet::extract::File;
use whippet::graphql::{self, Endpoint, Limits};
use whippet::testing::{TestApp, TestRequest};
use whippet::{App, routes};

#[derive(InputObject)]
struct Album {
    title: String,
    pictures: Vec<File<10>>,
}

struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "hello"
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn describe(&self, file: File<10>) -> String {
        describe(&file)
    }

    async fn optional(&self, file: Option<File<20>>) -> Option<usize> {
        file.map(|file| file.bytes().len())
    }

    async fn album(&self, album: Album) -> Vec<String> {
        let pictures = album.pictures.iter().map(describe);
        std::iter::once(album.title).chain(pictures).collect()
    }
}

fn describe(file: &File<10>) -> String {
    let text = String::from_utf8_lossy(file.bytes());
    format!("{:?} {:?} {text}", file.file_name(), file.content_type())
}

fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}

fn app() -> App {
    let limits = Limits {
        uploads: 3,
        batch: 2,
        ..Limits::default()
    };
    let endpoint = Endpoint::new(schema).limits(limits);
    App::new().routes(endpoint.routes("/graphql"))
}

async fn start() -> TestApp {
    TestApp::new(|_| Ok(app())).await
}

/// Creates a form without its files.
fn form<'a>(app: &'a TestApp, operations: &Value, map: &Value) -> TestRequest<'a> {
    app.post("/graphql")
        .header("graphql-preflight", "1")
        .field("operations", &operations.to_string())
        .field("map", &map.to_string())
}

/// Adds a file to a form.
fn file<'a>(request: TestRequest<'a>, name: &str) -> TestRequest<'a> {
    request.file(name, "a", "text/plain", "tea")
}

/// Returns an operation that describes the file in the variable `f`.
fn describe_file() -> Value {
    let query = "mutation ($f: Upload!) { describe(file: $f) }";
    json!({"query": query, "variables": {"f": null}})
}

#[whippet::test]
async fn a_file_becomes_the_value_of_a_variable() {
    let app = start().await;
    let request = form(&app, &describe_file(), &json!({"0": ["variables.f"]}));
    let response = request.file("0", "a.txt", "text/plain", "tea").await;
    response.assert_status(200).assert_json(json!({
        "data": {"describe": "Some(\"a.txt\") Some(\"text/plain\") tea"}
    }));

    let optional =
        json!({"query": "mutation ($f: Upload) { optional(file: $f) }", "variables": {"f": null}});
    let response = form(&app, &optional, &json!({})).await;
    response.assert_json(json!({"data": {"optional": null}}));
}

#[whippet::test]
async fn files_are_values_in_objects_and_lists_and_may_be_used_twice() {
    let app = start().await;
    let query = "mutation ($album: Album!) { album(album: $album) }";
    let album = json!({"title": "Tea", "pictures": [null, null, null]});
    let operations = json!({"query": query, "variables": {"album": album}});
    let map = json!({
        "one": ["variables.album.pictures.0", "variables.album.pictures.2"],
        "two": ["variables.album.pictures.1"],
    });
    let request = form(&app, &operations, &map).file("one", "1.png", "image/png", "1");
    let response = request.file("two", "2.png", "image/png", "22").await;
    let (one, two) = (
        "Some(\"1.png\") Some(\"image/png\") 1",
        "Some(\"2.png\") Some(\"image/png\") 22",
    );
    response.assert_json(json!({"data": {"album": ["Tea", one, two, one]}}));
}

#[whippet::test]
async fn each_operation_of_a_batch_has_its_own_files() {
    let app = start().await;
    let batch = json!([describe_file(), describe_file()]);
    let map = json!({"a": ["0.variables.f"], "b": ["1.variables.f"]});
    let request = form(&app, &batch, &map).file("a", "a", "text/plain", "A");
    let response = request.file("b", "b", "text/plain", "B").await.json();
    for (number, file) in [(0, "A"), (1, "B")] {
        let described = response[number]["data"]["describe"].as_str().unwrap();
        assert!(described.ends_with(file), "{response}");
    }
}

#[whippet::test]
async fn an_invalid_form_is_a_400_that_states_the_error() {
    let app = &start().await;
    let operation = describe_file();
    let map = json!({"0": ["variables.f"]});
    let post = || app.post("/graphql").header("apollo-require-preflight", "1");
    let number = json!({"query": "query ($f: Int) { __typename }", "variables": {"f": 1}});
    for (request, error) in [
        (
            file(form(app, &operation, &map), "1"),
            "does not name the file `1`",
        ),
        (
            file(file(form(app, &operation, &map), "0"), "0"),
            "or the form has this file twice",
        ),
        (form(app, &operation, &map), "the form has no file `0`"),
        (
            file(form(app, &operation, &json!({"0": ["variables.g"]})), "0"),
            "the path `variables.g`",
        ),
        (
            file(form(app, &operation, &json!({"0": ["query"]})), "0"),
            "the path `query`",
        ),
        (
            file(form(app, &operation, &json!({"0": ["variables.f.0"]})), "0"),
            "the path `variables.f.0`",
        ),
        (
            file(form(app, &number, &map), "0"),
            "not a variable with the value `null`",
        ),
        (
            file(form(app, &json!([operation]), &map), "0"),
            "the path `variables.f`",
        ),
        (
            file(form(app, &operation, &json!(["variables.f"])), "0"),
            "the field `map`",
        ),
        (
            file(
                form(
                    app,
                    &operation,
                    &json!({"0": [], "1": [], "2": [], "3": []}),
                ),
                "0",
            ),
            "more than 3 files",
        ),
        (
            post().field("map", "{}").field("operations", "{}"),
            "in this order",
        ),
        (post().field("operations", "{}"), "in this order"),
        (
            post().field("operations", "{").field("map", "{}"),
            "not valid JSON",
        ),
    ] {
        let response = request.await.assert_status(400).json();
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(error), "{error}: {message}");
    }
}

#[whippet::test]
async fn a_form_needs_a_header_that_no_other_site_can_send_without_asking() {
    let app = start().await;
    let operation = describe_file().to_string();
    let request = app.post("/graphql").field("operations", &operation);
    let response = request.field("map", "{}").await.assert_status(400).json();
    let message = response["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("GraphQL-Preflight"), "{message}");
}

#[whippet::test]
async fn forms_are_rejected_unless_the_limits_allow_files() {
    let app = App::new().routes(graphql::routes("/graphql", schema));
    let app = TestApp::new(|_| Ok(app)).await;
    let response = form(&app, &describe_file(), &json!({})).await;
    response.assert_status(415);
}

#[whippet::test]
async fn a_value_that_is_not_a_file_or_is_too_large_is_an_error() {
    let app = start().await;
    let is_error = |response: &Value, expected: &str| {
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{expected}: {message}");
        assert_eq!(response["data"]["describe"], Value::Null);
    };
    for value in [
        json!("a file"),
        json!({"fileName": "a", "contentType": "text/plain", "bytes": [1, 2]}),
        json!({"bytes": "AAAA"}),
    ] {
        let mut operation = describe_file();
        operation["variables"]["f"] = value;
        let response = app.post("/graphql").json(&operation).await.json();
        is_error(&response, "Upload");
    }
    let request = form(&app, &describe_file(), &json!({"0": ["variables.f"]}));
    let response = request.file("0", "a", "text/plain", "12345678901").await;
    is_error(&response.json(), "the file must have at most 10 bytes");
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_schema_and_the_document_describe_files() {
    let sdl = graphql::sdl(schema);
    assert!(sdl.contains("describe(file: Upload!): String!"), "{sdl}");
    assert_eq!(sdl.matches("scalar Upload").count(), 1, "{sdl}");
    let document = app().document();
    let content = &document["paths"]["/graphql"]["post"]["requestBody"]["content"];
    assert!(content["multipart/form-data"].is_object(), "{content}");
    assert!(content["application/json"].is_object(), "{content}");
}

struct Foreign;

#[Object]
impl Foreign {
    async fn size(&self, #[graphql(name = "file")] _file: Upload) -> i32 {
        1
    }
}

#[whippet::test]
async fn the_upload_of_async_graphql_is_an_error_that_states_the_remedy() {
    let schema = || Schema::build(Foreign, EmptyMutation, EmptySubscription);
    let app = App::new().routes(routes![].routes(graphql::routes("/graphql", schema)));
    let app = TestApp::new(|_| Ok(app)).await;
    let file = json!({"query": "mutation ($f: Upload!) { size(file: $f) }", "variables": {"f": "#__graphql_file__:x"}});
    app.post("/graphql").json(&file).await.assert_status(500);
    let line = app.logs().with("status", 500)[0].clone();
    assert!(
        line["error"]
            .as_str()
            .unwrap()
            .contains("use `whippet::extract::File`"),
        "{line}"
    );
}
