//! The endpoint in the OpenAPI document, and in groups of operations.

use async_graphql::Schema;
use serde_json::json;
use whippet::App;
use whippet::graphql;
#[cfg(not(target_arch = "wasm32"))]
use whippet::graphql::Limits;
use whippet::testing::TestApp;

#[cfg(not(target_arch = "wasm32"))]
use crate::kit::app;
use crate::kit::{Mutation, Query, Updates, User, with_rows};

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn both_operations_are_in_the_document() {
    let document = app(Limits::default()).document();
    let path = &document["paths"]["/graphql"];
    assert_eq!(path["post"]["operationId"], "graphql");
    assert_eq!(path["get"]["operationId"], "graphql_get");
    let body = &path["post"]["requestBody"]["content"];
    assert!(
        body["application/json"]["schema"]["anyOf"][0]["properties"]["operationName"].is_object()
    );
    for status in ["200", "400", "406", "413", "415", "500"] {
        let content = &path["post"]["responses"][status]["content"];
        assert!(
            content["application/graphql-response+json"].is_object(),
            "{status}"
        );
        assert!(content["application/json"].is_object(), "{status}");
    }
    assert!(path["get"]["responses"]["405"].is_object());
    let names: Vec<_> = path["get"]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["query", "operationName", "variables", "extensions"]);
}

/// Two endpoints. One of them is in a group with a prefix and a dependency.
fn with_a_group() -> App {
    let schema = || Schema::build(Query, Mutation, Updates);
    let endpoint = |path| graphql::routes(path, schema).dependency::<User>();
    App::new()
        .routes(endpoint("/graphql").prefix("/v1"))
        .routes(graphql::routes("/public/graphql", schema))
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_document_has_the_settings_of_a_group() {
    let document = with_a_group().document();
    assert_eq!(
        document["paths"]["/public/graphql"]["post"]["operationId"],
        "public_graphql"
    );
    let post = &document["paths"]["/v1/graphql"]["post"];
    assert!(post["security"].is_array() && post["responses"]["401"].is_object());
}

#[whippet::test]
async fn the_settings_of_a_group_apply() {
    let app = with_rows(TestApp::new(|_| Ok(with_a_group())).await, 1).await;
    let query = json!({"query": "{ me }"});
    app.post("/v1/graphql")
        .json(&query)
        .await
        .assert_problem(401, "authentication_failed");
    app.post("/public/graphql")
        .json(&query)
        .await
        .assert_status(200);
}

#[whippet::test]
async fn the_sdl_describes_the_schema() {
    let sdl = graphql::sdl(|| Schema::build(Query, Mutation, Updates));
    assert!(
        sdl.contains("hello(name: String! = \"world\"): String!"),
        "{sdl}"
    );
    assert!(
        sdl.contains("\"\"\"\n\tGreets somebody.\n\t\"\"\""),
        "{sdl}"
    );
    assert!(!sdl.contains("_service"), "{sdl}");
}
