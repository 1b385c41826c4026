//! Outbound calls.

use std::time::Duration;

use whippet::axum::http::{HeaderValue, header};
use whippet::routing::post;
use whippet::testing::{Call, TestApp};
use whippet::{App, Fetch, FetchError};

const HOOK: &str = "https://hook.example/in";

/// Sends the body of the request to [`HOOK`]. Returns the result as text.
async fn call(fetch: Fetch, body: String) -> String {
    let request = fetch
        .post(HOOK)
        .header(header::ACCEPT, HeaderValue::from_static("text/plain"))
        .body(body)
        .response_limit(4)
        .timeout(Duration::from_secs(10));
    match request.send().await {
        Ok(response) => {
            let token = response.headers.get("x-token").cloned();
            let body = String::from_utf8_lossy(&response.body);
            format!("{} {token:?} {body}", response.status.as_u16())
        }
        Err(error) => error.to_string(),
    }
}

async fn app() -> TestApp {
    TestApp::new(|_| Ok(App::new().route("/", post(call)))).await
}

async fn ask(app: &TestApp, body: &'static str) -> String {
    app.post("/").body(body).await.text()
}

#[whippet::test]
async fn an_expected_call_gets_its_reply_as_often_as_expected() {
    let app = app().await;
    let first = app.expect(Call::post(HOOK)).reply(503).times(2);
    app.expect(Call::post(HOOK))
        .reply(200)
        .reply_header("x-token", "t")
        .reply_body("long text");
    assert_eq!(ask(&app, "1").await, "503 None ");
    assert_eq!(ask(&app, "2").await, "503 None ");
    assert_eq!(ask(&app, "3").await, r#"200 Some("t") long"#);
    let bodies: Vec<_> = first.calls().into_iter().map(|call| call.body).collect();
    assert_eq!(bodies, ["1", "2"]);
    assert_eq!(app.take_sent().len(), 3);
    assert!(app.take_sent().is_empty());
}

#[whippet::test]
async fn calls_match_by_header_body_and_json() {
    let app = app().await;
    let hook = || Call::post(HOOK);
    app.expect(hook().json(&vec![1, 2])).reply(201);
    app.expect(hook().body("plain")).reply(202);
    app.expect(hook().header("accept", "text/html")).any_times();
    let accepts = hook().header("accept", "text/plain");
    app.expect(accepts).reply(203).times(2);
    assert_eq!(ask(&app, "[1, 2]").await, "201 None ");
    assert_eq!(ask(&app, "plain").await, "202 None ");
    assert_eq!(ask(&app, "plain ").await, "203 None ");
    assert_eq!(ask(&app, "[1, 2]").await, "203 None ");
}

#[whippet::test]
async fn a_test_can_fail_a_call_or_handle_calls_with_a_function() {
    let app = app().await;
    app.expect(Call::post(HOOK))
        .fail(FetchError::Connect("reset".to_owned()));
    assert_eq!(ask(&app, "").await, "the connection failed: reset");
    app.respond(|request| Err(FetchError::Url(request.url.host_str().unwrap().to_owned())));
    let why = "the URL cannot be used: hook.example";
    assert_eq!(ask(&app, "").await, why);
}

#[whippet::test]
async fn a_slow_response_times_out() {
    let app = app().await;
    app.expect(Call::post(HOOK)).after("9s").reply(204);
    app.expect(Call::post(HOOK)).after("11s").reply(204);
    let start = app.context().clock().now();
    let (response, _) = tokio::join!(ask(&app, ""), app.advance("9s"));
    assert_eq!(response, "204 None ");
    let (response, _) = tokio::join!(ask(&app, ""), app.advance("1h"));
    assert_eq!(response, "no response within 10 s");
    let passed = app.context().clock().now().since(start);
    assert_eq!(passed, Duration::from_secs(3609));
}
