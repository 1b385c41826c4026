//! Tests of the program in the README.

use serde_json::json;
use whippet::testing::TestApp;

#[whippet::test]
async fn a_new_user_is_welcomed_after_the_response() {
    let app = TestApp::new(hello::app).await;
    let ada = json!({"email": "ada@example.com", "name": "Ada"});
    let created = app.post("/users").json(&ada).await;
    created.assert_status(201).assert_json(&ada);
    app.get("/users/ada@example.com")
        .await
        .assert_status(200)
        .assert_json(&ada);
    assert_eq!(app.tasks().await.len(), 1);
    app.run_tasks().await;
    assert!(app.tasks().await.is_empty());
    app.post("/users")
        .json(&ada)
        .await
        .assert_problem(409, "conflict");
    assert!(
        app.tasks().await.is_empty(),
        "the task of the second user was rolled back"
    );
    app.get("/users/bob@example.com")
        .await
        .assert_problem(404, "not_found");
    let invalid = app
        .post("/users")
        .json(&json!({"email": "ada", "name": ""}))
        .await;
    invalid.assert_problem(422, "validation");
}

/// Compares without whitespace, because the README has longer lines than rustfmt writes.
#[test]
fn the_readme_has_this_program() {
    let text = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.replace(",)", ")").replace(",}", "}")
    };
    let readme = include_str!("../../../README.md");
    let program = readme
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let (_, source) = include_str!("../src/lib.rs")
        .split_once("\n\n")
        .unwrap_or_default();
    assert_eq!(text(program.unwrap_or_default()), text(source));
}
