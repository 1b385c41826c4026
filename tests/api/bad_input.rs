//! Every wrong request gets its problem document, and writes nothing.

use serde_json::Value;
use whippet::axum::http::Method;
use whippet::testing::TestResponse;

use crate::support::{KEY, Relay};

/// What every problem document has: RFC 9457's members, `code`, and either `detail` or `errors`.
fn check(answer: &TestResponse, status: u16, code: &str) -> Value {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.header("x-request-id").is_empty());
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problems/{code}"), "{text}");
    assert_eq!(problem["status"], status, "{text}");
    assert_eq!(problem["code"], code, "{text}");
    assert!(problem["title"].is_string(), "{text}");
    let either = problem["detail"].is_string() != problem["errors"].is_array();
    assert!(either, "{text}");
    problem
}

/// The pointers of a problem's errors, each of which has a code and a message.
fn pointers(problem: &Value) -> String {
    let errors = problem["errors"].as_array().unwrap().iter();
    let described = |error: &Value| error["code"].is_string() && error["message"].is_string();
    assert!(errors.clone().all(described), "{problem}");
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.join(" ")
}

#[whippet::test]
async fn bodies_that_cannot_be_read() {
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(1024 * 1024));
    let json = "application/json";
    let relay = Relay::new().await;
    for (kind, body, status, code) in [
        (json, "{", 400, "malformed_json"),
        (json, "", 400, "malformed_json"),
        (json, "{} {}", 400, "malformed_json"),
        (json, "{\"name\": \"\0\"}", 400, "malformed_json"),
        (json, &large, 413, "payload_too_large"),
        ("text/plain", "{}", 415, "unsupported_media_type"),
        ("", "{}", 415, "unsupported_media_type"),
    ] {
        let request = relay.request(Method::POST, "/api/v1/app").bearer(KEY);
        let request = request.header("content-type", kind);
        check(&request.body(body.to_owned()).await, status, code);
    }
    assert_eq!(relay.count("select count(*) from applications").await, 0);
}

#[whippet::test]
async fn paths_that_lead_nowhere() {
    let relay = Relay::with_endpoint().await;
    for (path, status, code) in [
        ("/nothing", 404, "not_found"),
        ("/app/", 404, "not_found"),
        ("/app/x", 404, "not_found"),
        ("/app/%00", 404, "not_found"),
        ("/app/x/endpoint", 404, "not_found"),
        ("/app/x/endpoint/hook", 404, "not_found"),
        ("/app/x/msg", 404, "not_found"),
        ("/app/acme/msg/x", 404, "not_found"),
        ("/app/acme/endpoint/x/secret", 404, "not_found"),
        ("/app/%ff", 400, "bad_request"),
    ] {
        check(&relay.get(path).await, status, code);
    }
    let wrong = relay.request(Method::PUT, "/api/v1/app").await;
    check(&wrong, 405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET, POST, HEAD, OPTIONS");
}

#[whippet::test]
async fn requests_without_the_key() {
    let short = &KEY[1..];
    let relay = Relay::with_app().await;
    for (authorization, status) in [
        (format!("Bearer {KEY}"), 200),
        (format!("bEARER {KEY}"), 200),
        (format!("Bearer {short}"), 401),
        (format!("Bearer {KEY}x"), 401),
        (format!("Bearer  {KEY}"), 401),
        (format!("Basic {KEY}"), 401),
        (KEY.to_owned(), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer é".to_owned(), 401),
        (String::new(), 401),
    ] {
        let request = relay.request(Method::GET, "/api/v1/app");
        let answer = request.header("authorization", &authorization).await;
        if status == 200 {
            assert_eq!(answer.status, 200, "{authorization}");
            continue;
        }
        check(&answer, 401, "authentication_failed");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let without = relay.request(Method::GET, "/api/v1/app").await;
    check(&without, 401, "authentication_failed");
}

/// A collection, a body for it, and the members that it is refused for. LONG is 257 characters, MANY eleven names.
const REFUSED: &str = r#"
/app [] =>
/app {} => /name
/app {"name": 1} => /name
/app {"name": 1, "uid": "a b", "throttleRate": "x", "metadata": {"a": 1, "b": []}} => /metadata/a /metadata/b /name /throttleRate /uid
/app {"name": ""} => /name
/app {"name": "LONG", "uid": "a b", "throttleRate": 0} => /name /throttleRate /uid
/app {"name": "x", "throttleRate": -1} => /throttleRate
/app {"name": "x", "throttleRate": 65536} => /throttleRate
/app {"name": "x", "throttleRate": 1.5} => /throttleRate
/app {"name": "x", "throttleRate": 9007199254740993} => /throttleRate
/app {"name": "x", "uid": "é"} => /uid
/app {"name": "x", "metadata": {"a/b": 1}} => /metadata/a~1b
/app/acme/endpoint {"url": "x", "uid": "", "secret": "x"} => /secret /uid /url
/app/acme/endpoint {"url": "example.com"} => /url
/app/acme/endpoint {"url": "ftp://example.com"} => /url
/app/acme/endpoint {"url": "https://u:p@example.com"} => /url
/app/acme/endpoint {"url": "http://127.0.0.1/"} => /url
/app/acme/endpoint {"url": "http://0x7f.1/"} => /url
/app/acme/endpoint {"url": "http://localhost:80/"} => /url
/app/acme/endpoint {"url": "http://[::1]/"} => /url
/app/acme/endpoint {"url": "http://169.254.169.254/latest"} => /url
/app/acme/endpoint {"url": "https://a.example", "eventTypes": [], "channels": MANY} => /channels /eventTypes
/app/acme/endpoint {"url": "https://a.example", "headers": {"Webhook-Id": "x"}} => /headers
/app/acme/endpoint {"url": "https://a.example", "headers": {"a b": "x"}} => /headers
/app/acme/endpoint {"url": "https://a.example", "headers": {"a": "x\r\ny: z"}} => /headers
/app/acme/endpoint {"url": "https://a.example", "secret": "whsec_C2FV"} => /secret
/app/acme/msg {"eventType": "a"} => /payload
/app/acme/msg {"eventType": "a", "payload": {}, "tags": ["a", "b", "a"]} => /tags
/app/acme/msg {"tags": [1]} => /eventType /payload /tags/0
/app/acme/msg {"eventType": "a b", "payload": [], "eventId": ""} => /eventId /eventType /payload
/app/acme/msg {"eventType": "a", "payload": "x"} => /payload
/app/acme/msg {"eventType": "a", "payload": {}, "tags": MANY, "channels": MANY} => /channels /tags
/app/acme/msg {"eventType": "a", "payload": {}, "deliverAt": "2027-01-01T00:00:00Z"} => /deliverAt
/app/acme/msg {"eventType": "a", "payload": {}, "application": {"name": "", "uid": " "}} => /application/name /application/uid
"#;

#[whippet::test]
async fn members_that_break_a_rule_are_all_named() {
    let many = r#"["0","1","2","3","4","5","6","7","8","9","10"]"#;
    let cases = REFUSED
        .replace("LONG", &"x".repeat(257))
        .replace("MANY", many);
    let relay = Relay::with_app().await;
    for case in cases.trim().lines() {
        let (request, expected) = case.split_once(" =>").unwrap();
        let (path, body) = request.split_once(' ').unwrap();
        let problem = check(&relay.post(path, body).await, 422, "validation");
        assert_eq!(pointers(&problem), expected.trim(), "{case}: {problem}");
    }
    let written = "select (select count(*) from applications) + (select count(*) from endpoints) \
                   + (select count(*) from messages) + (select count(*) from tasks)";
    assert_eq!(relay.count(written).await, 1);
}

#[whippet::test]
async fn query_parameters_that_do_not_fit() {
    let relay = Relay::with_endpoint().await;
    for (path, pointer) in [
        ("/app?limit=0", "/limit"),
        ("/app?limit=251", "/limit"),
        ("/app?limit=many", "/limit"),
        ("/app?limit=-1", "/limit"),
        ("/app?order=sideways", "/order"),
        ("/app?iterator=x", "/iterator"),
        ("/app?iterator=ep_1", "/iterator"),
        ("/app?iterator=app_%27", "/iterator"),
        ("/app/acme/msg?before=yesterday", "/before"),
        ("/app/acme/msg?with_content=maybe", "/with_content"),
        ("/app/acme/attempt/endpoint/hook?status=5", "/status"),
    ] {
        let problem = check(&relay.get(path).await, 422, "validation");
        assert_eq!(pointers(&problem), pointer, "{path}: {problem}");
    }
}
