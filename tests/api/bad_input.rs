//! Every invalid request gets a problem document, and changes nothing in the database.

use serde_json::Value;
use whippet::axum::http::Method;
use whippet::testing::TestResponse;

use crate::support::{KEY, Relay};

/// Checks the fields of a problem document: the fields of RFC 9457, `code`, and either `detail` or `errors`.
fn check(response: &TestResponse, status: u16, code: &str) -> Value {
    let text = response.text();
    assert_eq!(response.status, status, "{text}");
    assert_eq!(response.header("content-type"), "application/problem+json");
    assert!(!response.header("x-request-id").is_empty());
    let problem = response.json();
    assert_eq!(problem["type"], format!("/problems/{code}"), "{text}");
    assert_eq!(problem["status"], status, "{text}");
    assert_eq!(problem["code"], code, "{text}");
    assert!(problem["title"].is_string(), "{text}");
    let either = problem["detail"].is_string() != problem["errors"].is_array();
    assert!(either, "{text}");
    problem
}

/// Returns the JSON pointers of a problem's errors, separated by spaces. Each error must have a code and a message.
fn pointers(problem: &Value) -> String {
    let errors = problem["errors"].as_array().unwrap().iter();
    let is_complete = |error: &Value| error["code"].is_string() && error["message"].is_string();
    assert!(errors.clone().all(is_complete), "{problem}");
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.join(" ")
}

#[whippet::test]
async fn unreadable_bodies_are_rejected() {
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
async fn unknown_paths_methods_and_resources_are_rejected() {
    let relay = Relay::with_endpoint().await;
    for (path, status, code) in [
        ("/nothing", 404, "not_found"),
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
    let response = relay.request(Method::PUT, "/api/v1/app").await;
    check(&response, 405, "method_not_allowed");
    assert_eq!(response.header("allow"), "GET, POST, HEAD, OPTIONS");
}

#[whippet::test]
async fn requests_without_the_api_key_are_rejected() {
    let short = &KEY[1..];
    let relay = Relay::with_app().await;
    for (authorization, status) in [
        (format!("Bearer {KEY}"), 200),
        (format!("bEARER {KEY}"), 200),
        (format!("Bearer {short}"), 401),
        (format!("Bearer {KEY}x"), 401),
        (format!("Bearer  {KEY}"), 200),
        (format!("Bearer    {KEY}"), 200),
        (format!("Bearer\t{KEY}"), 401),
        (format!("Bearer \t{KEY}"), 401),
        (format!("Bearer{KEY}"), 401),
        (format!("Basic {KEY}"), 401),
        (KEY.to_owned(), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer é".to_owned(), 401),
        (String::new(), 401),
    ] {
        let request = relay.request(Method::GET, "/api/v1/app");
        let response = request.header("authorization", &authorization).await;
        if status == 200 {
            assert_eq!(response.status, 200, "{authorization}");
            continue;
        }
        check(&response, 401, "authentication_failed");
        let challenge = response.header("www-authenticate");
        let challenges = ["Bearer", "Bearer error=\"invalid_token\""];
        assert!(challenges.contains(&challenge), "{challenge}");
    }
    let without = relay.request(Method::GET, "/api/v1/app").await;
    check(&without, 401, "authentication_failed");
}

#[whippet::test]
async fn a_missing_key_is_reported_before_a_missing_resource_and_invalid_input() {
    let relay = Relay::with_app().await;
    for (method, path) in [
        (Method::POST, "/app/x/endpoint"),
        (Method::GET, "/app/x/endpoint?limit=0"),
        (Method::GET, "/app/x/msg?iterator=x"),
        (Method::GET, "/app/acme/attempt/msg/x?limit=0"),
        (Method::GET, "/app/acme/attempt/endpoint/x?status=5"),
    ] {
        let request = || relay.request(method.clone(), &format!("/api/v1{path}"));
        check(&request().await, 401, "authentication_failed");
        check(&request().bearer(KEY).await, 404, "not_found");
    }
    // A valid message can create its application. So Relay checks the body first: for an invalid message to a missing
    // application, it reports the body, and not the application.
    let response = relay.post("/app/x/msg", "{}").await;
    check(&response, 422, "validation");
}

/// Each line has a path, a body, and the JSON pointers of the expected errors. There are three placeholders: LONG is
/// 257 characters, LONG_VALUE is 4,097 characters, and MANY is a list of eleven names.
const INVALID_BODIES: &str = r#"
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
/app {"name": "x", "uid": "."} => /uid
/app {"name": "x", "uid": ".."} => /uid
/app {"name": "x", "uid": "app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k"} => /uid
/app {"name": "x", "uid": "ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k"} => /uid
/app {"name": "x", "uid": "msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k-and-more"} => /uid
/app {"name": "x", "throttleRate": 1, "rateLimit": 2} => /rateLimit
/app/acme/endpoint {"url": "https://a.example", "uid": ".."} => /uid
/app/acme/endpoint {"url": "https://a.example", "uid": "ep_2NwUcAbhbgKxqGJH8JvZJyHiQ7k"} => /uid
/app/acme/endpoint {"url": "https://a.example", "eventTypes": []} => /eventTypes
/app/acme/endpoint {"url": "https://a.example", "filterTypes": []} => /filterTypes
/app/acme/endpoint {"url": "https://a.example", "eventTypes": ["a"], "filterTypes": ["b"]} => /filterTypes
/app/acme/endpoint {"url": "https://a.example", "throttleRate": 1, "rateLimit": 2} => /rateLimit
/app/acme/endpoint {"url": "https://a.example", "event_types": ["a"]} => /event_types
/app/acme/endpoint {"url": "https://a.example", "filters": {"a": 1}, "uid": " "} => /filters /uid
/app/acme/endpoint {"url": "https://a.example", "version": 0} => /version
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
/app/acme/endpoint {"url": "https://a.example", "headers": {"a": "LONG_VALUE"}} => /headers
/app/acme/endpoint {"url": "https://a.example/LONG_VALUE"} => /url
/app/acme/endpoint {"url": "https://a.example", "secret": "whsec_C2FV"} => /secret
/app/acme/msg {"eventType": "a", "payload": {}, "eventId": "msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k"} => /eventId
/app/acme/msg {"eventType": "a", "payload": {}, "eventId": "."} => /eventId
/app/acme/msg {"eventType": "a", "payload": {}, "transformationsParams": {"rawPayload": "x"}} => /transformationsParams
/app/acme/msg {"eventType": "a", "payload": {}, "channel": "x"} => /channel
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
async fn every_invalid_field_is_reported() {
    let many = r#"["0","1","2","3","4","5","6","7","8","9","10"]"#;
    let cases = INVALID_BODIES
        .replace("LONG_VALUE", &"x".repeat(4097))
        .replace("LONG", &"x".repeat(257))
        .replace("MANY", many);
    let relay = Relay::with_app().await;
    let mut wrong = Vec::new();
    for case in cases.trim().lines() {
        let (request, expected) = case.split_once(" =>").unwrap();
        let (path, body) = request.split_once(' ').unwrap();
        let response = relay.post(path, body).await;
        let found = match response.status.is_success() {
            true => "accepted".to_owned(),
            false => pointers(&check(&response, 422, "validation")),
        };
        if found != expected.trim() {
            wrong.push(format!(
                "{:.120} is {found}",
                format!("{request} => {expected}")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows = "select (select count(*) from applications) + (select count(*) from endpoints) \
                   + (select count(*) from messages) + (select count(*) from tasks)";
    assert_eq!(relay.count(rows).await, 1);
}

#[whippet::test]
async fn invalid_query_parameters_are_rejected() {
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
        ("/app?limit=1&limit=2", "/limit"),
        ("/app?limit[]=1", "/limit"),
        ("/app?limit[x]=1", "/limit"),
        ("/app?iterator[0]=x", "/iterator"),
        ("/app/acme/msg?event_types[a]=b", "/event_types"),
        ("/app/acme/msg?event_types[0][a]=b", "/event_types"),
        ("/app/acme/msg?event_types[=b", "/event_types"),
        ("/app/acme/msg?channel[]=b", "/channel"),
        ("/app/acme/msg?tag[0]=b", "/tag"),
        ("/app/acme/msg?with_content[]=true", "/with_content"),
        ("/app/acme/attempt/endpoint/hook?status[]=2", "/status"),
        (
            "/app/acme/attempt/endpoint/hook?before[]=2026-01-01T00:00:00Z",
            "/before",
        ),
        ("/app/acme/msg?with_content=maybe", "/with_content"),
        ("/app/acme/attempt/endpoint/hook?status=5", "/status"),
    ] {
        let problem = check(&relay.get(path).await, 422, "validation");
        assert_eq!(pointers(&problem), pointer, "{path}: {problem}");
    }
}

#[whippet::test]
async fn headers_that_belong_to_the_connection_or_change_the_body_are_rejected() {
    let relay = Relay::with_app().await;
    for name in [
        "Accept-Encoding",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Expect",
        "Host",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "User-Agent",
        "webhook-anything",
    ] {
        let body = serde_json::json!({"url": "https://a.example", "headers": {name: "x"}});
        let problem = check(
            &relay.post("/app/acme/endpoint", body).await,
            422,
            "validation",
        );
        assert_eq!(pointers(&problem), "/headers", "{name}");
    }
    let longest = "x".repeat(4096);
    relay
        .create(
            "/app/acme/endpoint",
            serde_json::json!({"url": "https://a.example", "headers": {"x-a": longest}}),
        )
        .await;
}
