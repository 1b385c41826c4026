//! The errors of resolvers.

use serde_json::{Value, json};
use whippet::graphql::Limits;
use whippet::testing::TestApp;

use crate::kit::{ask, start};

async fn error(app: &TestApp, field: &str) -> Value {
    let query = format!("{{ {field} }}");
    let body = ask(app, &query)
        .header("x-request-id", "the-id")
        .await
        .assert_status(200)
        .json();
    assert!(body.get("data").is_some(), "{body}");
    body["errors"][0].clone()
}

#[whippet::test]
async fn a_problem_becomes_an_error_with_extensions() {
    let app = start(Limits::default(), 1).await;
    assert_eq!(
        error(&app, "conflict").await,
        json!({
            "message": "Unprocessable Entity",
            "locations": [{"line": 1, "column": 3}],
            "path": ["conflict"],
            "extensions": {
                "type": "/problems/validation",
                "title": "Unprocessable Entity",
                "status": 422,
                "code": "validation",
                "errors": [{"pointer": "/name", "code": "length", "message": "must have at most 64 characters"}],
            },
        })
    );
    let missing = error(&app, "required").await;
    assert_eq!(missing["message"], "there is no number");
    assert_eq!(missing["extensions"]["code"], "not_found");
    assert_eq!(
        error(&app, "plain").await["message"],
        "there is no such number"
    );
    assert!(app.logs().with("message", "a resolver failed").is_empty());
}

#[whippet::test]
async fn an_unexpected_error_is_masked_and_logged_with_the_request_id() {
    let app = start(Limits::default(), 1).await;
    for (field, cause) in [
        ("broken", "no such table: nowhere"),
        ("unexpected", "invalid digit found in string"),
    ] {
        let error = error(&app, field).await;
        let message = "The server failed. Report the request id to the operator of the server.";
        assert_eq!(error["message"], message);
        assert_eq!(error["extensions"]["code"], "internal");
        assert_eq!(error["extensions"]["requestId"], "the-id");
        assert!(!error.to_string().contains(cause), "{error}");
        let logs = app
            .logs()
            .with("message", "a resolver failed")
            .with("path", field);
        assert_eq!(logs.len(), 1);
        assert!(
            logs[0]["error"].as_str().unwrap().contains(cause),
            "{:?}",
            logs[0]
        );
        assert_eq!(logs[0]["request_id"], "the-id");
        assert_eq!(logs[0]["level"], "error");
    }
}

#[whippet::test]
async fn the_message_of_a_syntax_error_is_short() {
    let app = start(Limits::default(), 1).await;
    let query = format!("{{ hello(name: \"{}\" }}", "a".repeat(60_000));
    let body = ask(&app, &query).await.assert_status(400).json();
    let message = body["errors"][0]["message"].as_str().unwrap();
    assert!(message.len() <= 503, "{message}");
    assert!(body["errors"][0]["locations"][0]["line"] == 1);
}
