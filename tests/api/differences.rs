//! Tests the list of differences from Svix in `docs/API.md`. Every statement of the list has a test here, in the order
//! of the list.

use serde_json::{Value, json};
use whippet::FetchResponse;
use whippet::axum::http::{Method, StatusCode};

use crate::support::{KEY, Relay, text};

/// The statements in the list that have not been tested yet.
struct Statements(std::vec::IntoIter<String>);

impl Statements {
    fn of_document() -> Self {
        let document = include_str!("../../docs/API.md");
        let list = document.split("### Differences from Svix").nth(1).unwrap();
        let mut statements: Vec<String> = Vec::new();
        for line in list.lines() {
            if let Some(start) = line.strip_prefix("- ") {
                statements.push(start.to_owned());
            } else if let Some(more) = line.strip_prefix("  ") {
                let statement = statements.last_mut().unwrap();
                *statement = format!("{statement} {more}");
            }
        }
        Self(statements.into_iter())
    }

    /// Asserts that the next statement of the list starts with this text. Call this before you test the statement.
    fn next(&mut self, start: &str) {
        let statement = self.0.next().unwrap_or_default();
        assert!(statement.starts_with(start), "{statement:?}");
    }
}

#[whippet::test]
async fn the_list_of_differences_from_svix_is_true_and_complete() {
    let mut statements = Statements::of_document();
    requests(&mut statements).await;
    event_types_and_attempts(&mut statements).await;
    endpoints(&mut statements).await;
    stored_responses(&mut statements).await;
    missing_operations(&mut statements).await;
    assert_eq!(statements.0.next(), None);
}

/// Asserts that a request is rejected with exactly one error.
async fn rejected(relay: &Relay, path: &str, body: Value, pointer: &str) {
    let response = relay.post(path, &body).await;
    assert_eq!(response.status, 422, "{body}");
    let errors = response.json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 1, "{errors}");
    assert_eq!(errors[0]["pointer"], pointer, "{errors}");
}

async fn requests(statements: &mut Statements) {
    let relay = Relay::with_app().await;
    let (endpoint, message) = ("/app/acme/endpoint", "/app/acme/msg");
    let mut first = json!({"eventType": "a", "payload": {"n": 1}});

    statements.next("An idempotency key with another body is rejected with 422");
    assert_eq!(relay.post_once(message, "key", &first).await.status, 202);
    first["payload"]["n"] = json!(2);
    assert_eq!(relay.post_once(message, "key", &first).await.status, 422);

    statements.next("A message with `deliverAt` is rejected with 422");
    first["deliverAt"] = json!("2027-01-01T00:00:00Z");
    rejected(&relay, message, first, "/deliverAt").await;

    statements.next("A message with `transformationsParams` is rejected with 422");
    let raw = json!({"rawPayload": "<xml/>"});
    let raw = json!({"eventType": "a", "payload": {}, "transformationsParams": raw});
    rejected(&relay, message, raw, "/transformationsParams").await;

    statements.next("An unknown field of an endpoint or of a message is rejected with 422");
    let new = json!({"url": "https://a.example", "filter_types": ["a"]});
    rejected(&relay, endpoint, new, "/filter_types").await;
    let new = json!({"eventType": "a", "payload": {}, "channel": "a"});
    rejected(&relay, message, new, "/channel").await;

    statements.next("A `uid` that is `.` or `..`, or has the form of an id, is rejected with 422");
    for uid in ["app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", ".", ".."] {
        rejected(&relay, "/app", json!({"name": "x", "uid": uid}), "/uid").await;
    }

    statements.next("`name` is limited to 256 characters, and `url` to 2,048");
    rejected(&relay, "/app", json!({"name": "x".repeat(257)}), "/name").await;
    let url = format!("https://a.example/{}", "x".repeat(2048));
    rejected(&relay, endpoint, json!({"url": url}), "/url").await;

    statements.next("A host name that is not ASCII is rejected with 422; write it as `xn--…`");
    let new = json!({"url": "https://bücher.example/"});
    rejected(&relay, endpoint, new, "/url").await;
    let new = json!({"url": "https://xn--bcher-kva.example/"});
    relay.create(endpoint, new).await;
}

async fn event_types_and_attempts(statements: &mut Statements) {
    let relay = Relay::with_app().await;
    statements.next("Event types need no registration");
    let filter = json!({"eventTypes": ["never.registered"]});
    relay.endpoint("hook", filter).await;
    let event_type = json!({"eventType": "never.registered"});
    let message = relay.message(event_type).await;

    statements.next("Attempts have the status 0 or 2; pending deliveries are not listed");
    let path = format!("/app/acme/attempt/msg/{message}");
    assert_eq!(relay.read(&path).await["data"], json!([]));
    relay.respond_status(StatusCode::INTERNAL_SERVER_ERROR);
    relay.run_tasks().await;
    relay.respond_status(StatusCode::OK);
    relay.run_next_task().await;
    let attempts = relay.read(&path).await["data"].clone();
    assert_eq!(
        (&attempts[0]["status"], &attempts[1]["status"]),
        (&json!(0), &json!(2))
    );

    statements.next("`triggerType` is always 0");
    assert_eq!(attempts[0]["triggerType"], 0);
}

async fn endpoints(statements: &mut Statements) {
    let relay = Relay::with_app().await;
    statements.next("An endpoint's `headers` are write-only");
    let headers = json!({"headers": {"x-token": "t"}});
    let created = relay.endpoint("hook", headers).await;
    assert!(created.get("headers").is_none(), "{created}");
    let path = "/app/acme/endpoint/hook/headers";
    assert_eq!(relay.get(path).await.status, 404);

    statements.next("Signatures are `v1` only, and there are no `svix-*` headers");
    relay.respond_status(StatusCode::OK);
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let sent = relay.take_sent().remove(0);
    let signature = sent.headers["webhook-signature"].to_str().unwrap();
    assert!(signature.starts_with("v1,") && !signature.contains(' '));
    let is_svix = |name: &whippet::axum::http::HeaderName| name.as_str().starts_with("svix-");
    assert!(!sent.headers.keys().any(is_svix));

    statements.next("Endpoint secrets are stored in plain text");
    let key = relay.read("/app/acme/endpoint/hook/secret").await;
    let stored: String = relay.row("select secret from endpoints").await;
    assert_eq!(stored, text(&key["key"]));

    statements.next("A 422 has no `detail`");
    let response = relay.post("/app", json!({})).await;
    assert_eq!(response.status, 422);
    assert!(response.json().get("detail").is_none());
}

async fn stored_responses(statements: &mut Statements) {
    statements.next("A response that is not text is stored as a `data:` URL");
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| {
        Ok(FetchResponse {
            status: StatusCode::OK,
            headers: Default::default(),
            body: vec![0xff].into(),
        })
    });
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let list = relay.read("/app/acme/attempt/endpoint/hook").await;
    let stored = text(&list["data"][0]["response"]);
    assert_eq!(stored, "data:application/octet-stream;base64,/w==");
}

async fn missing_operations(statements: &mut Statements) {
    statements.next(
        "`PUT` creates a resource only if the `uid` in the body equals the `uid` in the path",
    );
    let relay = Relay::with_endpoint().await;
    let new = json!({"name": "New", "uid": "new"});
    assert_eq!(relay.put("/app/other", new.clone()).await.status, 404);
    assert_eq!(relay.put("/app/new", new).await.status, 201);

    statements.next(
        "These features are not implemented: operations on endpoint headers, secret rotation, ",
    );
    let message = relay.message(json!({})).await;
    for (method, path) in [
        (Method::GET, "/app/acme/endpoint/hook/headers"),
        (Method::POST, "/app/acme/endpoint/hook/secret/rotate"),
        (Method::POST, "/app/acme/msg/MSG/endpoint/hook/resend"),
        (Method::POST, "/app/acme/endpoint/hook/recover"),
        (Method::POST, "/app/acme/endpoint/hook/replay-missing"),
        (Method::POST, "/app/acme/endpoint/hook/send-example"),
        (Method::GET, "/app/acme/endpoint/hook/stats"),
        (Method::GET, "/app/acme/msg/MSG/attempt/atmpt_x"),
        (Method::GET, "/app/acme/msg/MSG/endpoint"),
        (Method::DELETE, "/app/acme/msg/MSG/content"),
        (Method::GET, "/event-type"),
        (Method::GET, "/operational-webhook/endpoint"),
        (Method::POST, "/auth/app-portal-access/acme"),
        (Method::GET, "/app/acme/integration"),
    ] {
        let path = format!("/api/v1{}", path.replace("MSG", &message));
        let response = relay.request(method, &path).bearer(KEY).await;
        assert!(matches!(response.status.as_u16(), 404 | 405), "{path}");
    }
}
