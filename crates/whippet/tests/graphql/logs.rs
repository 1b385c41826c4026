//! The log line of an operation.

use serde_json::{Value, json};
use whippet::graphql::Limits;

use crate::kit::start;

#[whippet::test]
async fn each_operation_has_one_line_without_its_variables() {
    let app = start(
        Limits {
            batch: 2,
            ..Limits::default()
        },
        3,
    )
    .await;
    let first = json!({
        "query": "query Authors($n: Int!) { authors(first: $n) { name books { draft } } }",
        "variables": {"n": 2, "secret": "hush"},
    });
    let second = json!({"query": "mutation { createAuthor(input: {name: \"Ada\"}) }"});
    app.post("/graphql")
        .json(&[first, second])
        .await
        .assert_status(200);
    app.post("/graphql")
        .json(&json!({"query": "{ nothing }"}))
        .await;
    app.post("/graphql").json(&json!({"query": "{"})).await;
    let lines = app
        .logs()
        .with("target", "whippet::graphql")
        .with("message", "graphql operation");
    let fields = |at: usize| {
        let line = &lines[at];
        [
            "operation",
            "operation_type",
            "depth",
            "complexity",
            "errors",
            "statements",
        ]
        .map(|name| line.get(name).cloned().unwrap_or(Value::Null))
    };
    assert_eq!(lines.len(), 4);
    assert_eq!(
        fields(0),
        [
            json!("Authors"),
            json!("query"),
            json!(3),
            json!(4),
            json!(2),
            json!(2)
        ]
    );
    assert_eq!(
        fields(1),
        [
            Value::Null,
            json!("mutation"),
            json!(1),
            json!(1),
            json!(0),
            json!(1)
        ]
    );
    assert_eq!(
        fields(2),
        [
            Value::Null,
            json!("query"),
            json!(0),
            json!(0),
            json!(1),
            json!(0)
        ]
    );
    assert_eq!(
        fields(3),
        [
            Value::Null,
            Value::Null,
            json!(0),
            json!(0),
            json!(1),
            json!(0)
        ]
    );
    assert_eq!(lines[0]["level"], "info");
    assert!(lines[0]["request_id"].is_string());
    let text = format!("{:?}", app.logs());
    assert!(!text.contains("hush") && !text.contains("Ada"), "{text}");
}
