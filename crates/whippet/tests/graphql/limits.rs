//! The limits of operations.

use serde_json::json;
use whippet::graphql::Limits;

use crate::kit::{ask, start};

/// The introspection query of GraphiQL 4 (`getIntrospectionQuery` of graphql-js 16).
const INTROSPECTION_QUERY: &str = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType } directives { name description locations args { ...InputValue } } } } fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } } fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue } fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[whippet::test]
async fn each_limit_rejects_the_operation_that_exceeds_it() {
    let limits = Limits {
        bytes: 1_000,
        tokens: 60,
        depth: 4,
        complexity: 10,
        aliases: 2,
        directives: 2,
        recursion: 6,
        batch: 1,
        operations: 50,
        uploads: 0,
    };
    let app = start(limits, 1).await;
    let fragments = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { hello }";
    for (accepted, rejected, message) in [
        (
            "{ authors { books { author { name } } } }".replace(" { name }", "{ id }"),
            "{ authors { books { author { books { id } } } } }".to_owned(),
            "the depth of the operation is 5, but the limit is 4",
        ),
        (
            "{ books(first: 10) { title } }".to_owned(),
            "{ books(first: 11) { title } }".to_owned(),
            "the complexity of the operation is 11, but the limit is 10",
        ),
        (
            "{ a: hello b: hello }".to_owned(),
            "{ a: hello ... { b: hello } ...c } fragment c on Query { c: hello }".to_owned(),
            "the operation has more than 2 aliases",
        ),
        (
            "{ hello @include(if: true) ... @skip(if: false) { __typename } }".to_owned(),
            "query @skip(if: true) @skip(if: true) { hello @include(if: true) }".to_owned(),
            "the operation has more than 2 directives",
        ),
        (
            fragments.to_owned(),
            fragments.replace("{ hello }", "{ ... { ... { ... { hello } } } }"),
            "the operation has more than 6 levels of nested fields and fragments",
        ),
        (
            format!("{{ {}}}", "hello ".repeat(58))
                .replace("hello ", "hello ")
                .replacen("hello ", "", 49),
            format!("{{ {}}}", "hello ".repeat(59)),
            "the operation has more than 60 tokens",
        ),
        (
            format!("{{ hello }} #{}", "x".repeat(1_000 - 11)),
            format!("{{ hello }} #{}", "x".repeat(1_000 - 10)),
            "the operation has more than 1000 bytes",
        ),
    ] {
        let body = ask(&app, &accepted).await.assert_status(200).json();
        assert!(body["errors"].is_null(), "{accepted}: {body}");
        let body = ask(&app, &rejected).await.assert_status(400).json();
        assert_eq!(body["errors"][0]["message"], message, "{rejected}");
    }
    let before = app.statements().len();
    ask(&app, "{ authors { books { author { books { id } } } } }").await;
    assert_eq!(app.statements().len(), before);
}

#[whippet::test]
async fn a_rejection_by_a_limit_is_a_400_for_every_media_type() {
    let app = start(
        Limits {
            tokens: 3,
            ..Limits::default()
        },
        1,
    )
    .await;
    let response = app
        .post("/graphql")
        .json(&json!({"query": "{ a b c }"}))
        .await;
    response.assert_status(400);
    let extensions = &response.json()["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "graphql_limit_exceeded");
    assert_eq!(extensions["type"], "/problems/graphql_limit_exceeded");
}

#[whippet::test]
async fn reading_the_schema_is_exempt_from_depth_and_complexity() {
    let app = start(Limits::default(), 1).await;
    let body = ask(&app, INTROSPECTION_QUERY)
        .await
        .assert_status(200)
        .json();
    assert!(body["errors"].is_null(), "{body}");
    let strict = Limits {
        depth: 2,
        complexity: 2,
        ..Limits::default()
    };
    let app = start(strict, 1).await;
    ask(&app, INTROSPECTION_QUERY).await.assert_status(200);
    // Introspection is exempt from the limits, but not in an operation that also reads data.
    let mixed = "{ __schema { types { fields { name } } } hello }";
    ask(&app, mixed).await.assert_status(400);
    let hidden =
        "{ ...a } fragment a on Query { __schema { types { fields { name } } } ... { hello } }";
    ask(&app, hidden).await.assert_status(400);
}
