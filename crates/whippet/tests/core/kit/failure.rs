//! What a test that fails shows. Each case is a test that fails on purpose, run by this program in another process.

use serde_json::json;
use whippet::axum::http::HeaderMap;
use whippet::routing::{get, post};
use whippet::testing::{Call, TestApp};
use whippet::{App, Db, Fetch, Problem, query};

async fn sign_in(db: Db, fetch: Fetch, body: String) -> Result<String, Problem> {
    tracing::info!("somebody signs in with {body}");
    let name: String = query("select ?1 || 'da'").bind("a").fetch_one(&db).await?;
    let answer = fetch.post("https://id.example/").body("q").send().await;
    let status = answer.map_err(Problem::internal)?.status.as_u16();
    Ok(json!({"name": name, "status": status}).to_string())
}

async fn app() -> TestApp {
    let builder = TestApp::builder()
        .variable("API_KEY", "key-of-the-app")
        .seed(77);
    let app = App::new().route("/sign-in", post(sign_in));
    builder.start(|_| Ok(app)).await
}

async fn answer(app: &TestApp) -> whippet::testing::TestResponse {
    let request = app.post("/sign-in").bearer("token-of-ada");
    request
        .json(&json!({"password": "password-of-ada", "n": 1}))
        .await
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn an_answer_is_another() {
    let app = app().await;
    app.expect(Call::post("https://id.example/")).reply(204);
    answer(&app)
        .await
        .assert_json(json!({"name": "eve", "status": 204}));
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_call_is_not_expected() {
    answer(&app().await).await;
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_call_does_not_come() {
    let app = app().await;
    app.expect(Call::get("https://id.example")).times(2);
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_check_complains() {
    let builder = TestApp::builder().check(|_| Err("never good".to_owned()));
    let app = builder.start(|_| Ok(App::new())).await;
    app.get("/none").await;
}

#[whippet::test]
#[ignore = "fails on purpose"]
async fn a_secret_is_logged() {
    async fn greet(headers: HeaderMap) {
        let given = headers["authorization"].to_str().unwrap();
        tracing::info!("somebody came with {given}");
    }
    let app = App::new().route("/greet", get(greet));
    let app = TestApp::new(|_| Ok(app)).await;
    app.get("/greet").bearer("token-of-ada").await;
}

#[cfg(not(target_arch = "wasm32"))]
fn shown(test: &str) -> String {
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
fn a_failed_assertion_shows_what_was_asked_and_what_the_app_did() {
    let shown = shown("an_answer_is_another");
    let (before, message) = shown.split_once("POST /sign-in was").unwrap();
    // The line of the assertion, not of the kit.
    assert!(before.contains("core/kit/failure.rs:"), "{shown}");
    let (message, rest) = message.split_once("note: ").unwrap();
    let (_, transcript) = rest.split_once('\n').unwrap();
    let (transcript, _) = transcript.split_once("\n----\n").unwrap();
    insta::assert_snapshot!(format!("POST /sign-in was{message}{transcript}"));
    for secret in ["token-of-ada", "password-of-ada", "key-of-the-app"] {
        assert!(!shown.contains(secret), "{secret}\n{shown}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn calls_checks_and_secrets_that_fail_a_test_say_so() {
    for (test, why) in [
        (
            "a_call_is_not_expected",
            "the test does not expect POST https://id.example/",
        ),
        (
            "a_call_does_not_come",
            "GET https://id.example/ was expected 2 times and came 0 times",
        ),
        ("a_check_complains", "GET /none: never good"),
        (
            "a_secret_is_logged",
            "a log line shows a secret, redacted here: {",
        ),
    ] {
        let shown = shown(test);
        assert!(shown.contains(why), "{test}\n{shown}");
        assert!(!shown.contains("token-of-ada"), "{test}\n{shown}");
    }
}
