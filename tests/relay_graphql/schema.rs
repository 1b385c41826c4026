//! The committed schema, and the OpenAPI document.

use serde_json::Value;
use whippet::Config;

#[whippet::test]
fn schema_graphql_is_up_to_date() {
    let sdl = whippet::graphql::sdl(relay::graphql::schema);
    assert!(
        include_str!("../../schema.graphql") == sdl,
        "schema.graphql is out of date: run `make graphql` and commit the file"
    );
}

#[whippet::test]
fn the_openapi_document_is_the_same_without_the_feature() {
    let committed: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert_eq!(
        relay::app(&Config::default()).unwrap().document(),
        committed
    );
}
