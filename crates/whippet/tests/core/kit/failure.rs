//! The output of failing tests. Each case is an ignored test that fails on purpose. Another test runs the case in a new
//! process and checks its output.

use serde_json::json;
use whippet::axum::http::HeaderMap;
use whippet::routing::{get, post};
use whippet::testing::{Call, TestApp};
use whippet::{App, Db, Fetch, Problem, query};

async fn sign_in(db: Db, fetch: Fetch, body: String) -> Result<String, Problem> {
    tracing::info!("somebody signs in with {body}");
    let name: String = query("select ?1 || 'da'").bind("a").fetch_one(&db).await?;
    let response = fetch.post("https://id.example/").body("q").send().await;
    let status = response.map_err(Problem::internal)?.status.as_u16();
    Ok(json!({"name": name, "status": status}).to_string())
}

async fn app() -> TestApp {
    let builder = TestApp::builder()
        .variable("API_KEY", "key-of-the-app")
        .seed(77);
    let app = App::new().route("/sign-in", post(sign_in));
    builder.start(|_| Ok(app)).await
}

async fn send_sign_in(app: &TestApp) -> whippet::testing::TestResponse {
    let request = app.post("/sign-in").bearer("token-of-ada");
    request
        .json(&json!({"password": "password-of-ada", "n": 1}))
        .await
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_test_with_an_unexpected_response_fails() {
    let app = app().await;
    app.expect(Call::post("https://id.example/")).reply(204);
    send_sign_in(&app)
        .await
        .assert_json(json!({"name": "eve", "status": 204}));
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_test_with_an_unexpected_call_fails() {
    send_sign_in(&app().await).await;
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_test_fails_if_an_expected_call_is_missing() {
    let app = app().await;
    app.expect(Call::get("https://id.example")).times(2);
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_test_with_a_failed_check_fails() {
    let builder = TestApp::builder().check(|_| Err("always fails".to_owned()));
    let app = builder.start(|_| Ok(App::new())).await;
    app.get("/none").await;
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_test_that_logs_a_secret_fails() {
    async fn greet(headers: HeaderMap) {
        let given = headers["authorization"].to_str().unwrap();
        tracing::info!("somebody came with {given}");
    }
    let app = App::new().route("/greet", get(greet));
    let app = TestApp::new(|_| Ok(app)).await;
    app.get("/greet").bearer("token-of-ada").await;
}

#[cfg(not(target_arch = "wasm32"))]
/// Runs a failing test in a new process and returns its output.
fn output_of(test: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let test = format!("kit::failure::{test}");
    let output = std::process::Command::new(program)
        .args(["--ignored", "--exact", &test])
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_failed_assertion_prints_the_request_and_a_transcript() {
    let output = output_of("a_test_with_an_unexpected_response_fails");
    let (before, message) = output.split_once("POST /sign-in returned").unwrap();
    // The panic message has a location in this file, and not in the test kit.
    assert!(before.contains("core/kit/failure.rs:"), "{output}");
    let (message, rest) = message.split_once("note: ").unwrap();
    let (_, transcript) = rest.split_once('\n').unwrap();
    let (transcript, _) = transcript.split_once("\n----\n").unwrap();
    insta::assert_snapshot!(format!("POST /sign-in returned{message}{transcript}"));
    for secret in ["token-of-ada", "password-of-ada", "key-of-the-app"] {
        assert!(!output.contains(secret), "{secret}\n{output}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn unexpected_and_missing_calls_failed_checks_and_leaked_secrets_are_reported() {
    for (test, expected) in [
        (
            "a_test_with_an_unexpected_call_fails",
            "the test does not expect POST https://id.example/",
        ),
        (
            "a_test_fails_if_an_expected_call_is_missing",
            "GET https://id.example/ was expected 2 times but called 0 times",
        ),
        (
            "a_test_with_a_failed_check_fails",
            "GET /none: always fails",
        ),
        (
            "a_test_that_logs_a_secret_fails",
            "a log line shows a secret, redacted here: {",
        ),
    ] {
        let output = output_of(test);
        assert!(output.contains(expected), "{test}\n{output}");
        assert!(!output.contains("token-of-ada"), "{test}\n{output}");
    }
}
