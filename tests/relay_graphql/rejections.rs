//! Requests that are rejected as in REST.

use serde_json::{Value, json};
use whippet::testing::TestResponse;

use crate::support::{KEY, Relay};

#[whippet::test]
async fn every_request_needs_the_api_key() {
    let relay = Relay::with_app().await;
    let body = json!({"query": "{ __typename applications { nodes { id } } }"});
    let rest = [
        relay.request_without_key("/api/v1/app").await,
        relay.get_with("/api/v1/app", "wrong").await,
    ];
    let graphql = [
        relay.post_with("/graphql", None, &body).await,
        relay.post_with("/graphql", Some("wrong"), &body).await,
    ];
    for (expected, response) in rest.iter().zip(&graphql) {
        response.assert_status(401);
        assert_eq!(
            response.header("www-authenticate"),
            expected.header("www-authenticate")
        );
        assert_eq!(without_id(response), without_id(expected));
    }
    let get = relay
        .request_without_key("/graphql?query=%7B__typename%7D")
        .await;
    get.assert_problem(401, "authentication_failed");
    let response = relay.post_with("/graphql", Some(KEY), &body).await;
    response.assert_status(200);
}

fn without_id(response: &TestResponse) -> Value {
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("instance");
    body
}

impl Relay {
    async fn request_without_key(&self, path: &str) -> TestResponse {
        std::ops::Deref::deref(self).get(path).await
    }

    async fn get_with(&self, path: &str, key: &str) -> TestResponse {
        std::ops::Deref::deref(self).get(path).bearer(key).await
    }

    async fn post_with(&self, path: &str, key: Option<&str>, body: &Value) -> TestResponse {
        let request = std::ops::Deref::deref(self).post(path).json(body);
        match key {
            Some(key) => request.bearer(key).await,
            None => request.await,
        }
    }
}

/// Each item has an operation on a resource that does not exist, and the path of the REST operation that returns the
/// same problem.
const MISSING: [(&str, &str); 9] = [
    ("{ application(id: \"none\") { id } }", "/app/none"),
    (
        "{ endpoint(applicationId: \"none\", id: \"e\") { id } }",
        "/app/none/endpoint/e",
    ),
    (
        "{ endpoint(applicationId: \"acme\", id: \"none\") { id } }",
        "/app/acme/endpoint/none",
    ),
    (
        "{ endpointSecret(applicationId: \"acme\", id: \"none\") }",
        "/app/acme/endpoint/none/secret",
    ),
    (
        "{ message(applicationId: \"acme\", id: \"none\") { id } }",
        "/app/acme/msg/none",
    ),
    (
        "mutation { updateApplication(id: \"none\", patch: {}) { id } }",
        "/app/none",
    ),
    ("mutation { deleteApplication(id: \"none\") }", "/app/none"),
    (
        "mutation { updateEndpoint(applicationId: \"acme\", id: \"none\", patch: {}) { id } }",
        "/app/acme/endpoint/none",
    ),
    (
        "mutation { createMessage(applicationId: \"none\", message: {eventType: \"a\", payload: {}}) { id } }",
        "/app/none",
    ),
];

#[whippet::test]
async fn a_missing_resource_is_the_404_of_rest() {
    let relay = Relay::with_app().await;
    for (query, path) in MISSING {
        let error = relay.error(query, json!({})).await;
        let rest = relay.get(path).await.json();
        assert_eq!(error["message"], rest["detail"], "{query}");
        for field in ["type", "title", "status", "code"] {
            assert_eq!(error["extensions"][field], rest[field], "{query}");
        }
    }
}

/// Each item has a mutation, the method and path of the corresponding REST operation, and an invalid input, which is
/// also the body of the REST request.
fn invalid() -> Vec<(&'static str, (&'static str, &'static str), Value)> {
    let application =
        "mutation ($new: NewApplicationInput!) { createApplication(application: $new) { id } }";
    let application_patch = "mutation ($new: ApplicationPatchInput!) { updateApplication(id: \"acme\", patch: $new) { id } }";
    let endpoint = "mutation ($new: NewEndpointInput!) { createEndpoint(applicationId: \"acme\", endpoint: $new) { id } }";
    let endpoint_patch = "mutation ($new: EndpointPatchInput!) {
        updateEndpoint(applicationId: \"acme\", id: \"hook\", patch: $new) { id } }";
    let message = "mutation ($new: NewMessageInput!) { createMessage(applicationId: \"acme\", message: $new) { id } }";
    let hook = "/app/acme/endpoint/hook";
    vec![
        (
            application,
            ("POST", "/app"),
            json!({"name": "", "uid": "a b", "throttleRate": 0, "metadata": {"a": 1}}),
        ),
        (
            application,
            ("POST", "/app"),
            json!({"name": "A", "throttleRate": 70_000}),
        ),
        (
            application,
            ("POST", "/app"),
            json!({"name": "A", "throttleRate": -1, "metadata": []}),
        ),
        (
            application_patch,
            ("PATCH", "/app/acme"),
            json!({"name": null}),
        ),
        (
            application_patch,
            ("PATCH", "/app/acme"),
            json!({"uid": "..", "metadata": {"a": null}}),
        ),
        (
            endpoint,
            ("POST", "/app/acme/endpoint"),
            json!({
                "url": "ftp://x", "uid": "app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k", "eventTypes": [], "channels": ["a", "a"],
                "secret": "short", "throttleRate": 0, "headers": {"host": "x"},
            }),
        ),
        (
            endpoint,
            ("POST", "/app/acme/endpoint"),
            json!({"url": "http://127.0.0.1/"}),
        ),
        (
            endpoint_patch,
            ("PATCH", hook),
            json!({"url": "http://10.0.0.1/"}),
        ),
        (
            endpoint_patch,
            ("PATCH", hook),
            json!({"url": null, "channels": ["é"], "headers": {"a b": "c"}}),
        ),
        (
            message,
            ("POST", "/app/acme/msg"),
            json!({"eventType": "a b", "payload": [1], "channels": [], "eventId": ""}),
        ),
        (
            message,
            ("POST", "/app/acme/msg"),
            json!({"eventType": "a", "payload": {}, "application": {"name": "", "throttleRate": 0}}),
        ),
    ]
}

#[whippet::test]
async fn an_invalid_input_has_the_errors_and_pointers_of_rest() {
    let relay = Relay::with_endpoint().await;
    for (query, (method, path), input) in invalid() {
        let error = relay.error(query, json!({"new": input})).await;
        let rest = match method {
            "PATCH" => relay.patch(path, input.clone()).await,
            _ => relay.post(path, &input).await,
        };
        assert_eq!(rest.status, 422, "{input}");
        assert_eq!(
            error["extensions"]["errors"],
            rest.json()["errors"],
            "{input}"
        );
        assert_eq!(error["extensions"]["status"], 422);
    }
    assert_eq!(relay.count("select count(*) from messages").await, 0);
}

#[whippet::test]
async fn lists_and_objects_have_no_field_with_a_secret() {
    let sdl = whippet::graphql::sdl(relay::graphql::schema);
    let fields: Vec<&str> = sdl
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("secret"))
        .collect();
    // Both lines are fields of input types. No other object has such a field: clients read a secret with the query
    // `endpointSecret`.
    assert_eq!(fields, ["secret: String", "secret: String"]);
    let relay = Relay::with_endpoint().await;
    for field in ["secret", "headers"] {
        let query =
            format!("{{ applications {{ nodes {{ endpoints {{ nodes {{ {field} }} }} }} }} }}");
        let error = relay.error(&query, json!({})).await;
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("Unknown field \"{field}\"")),
            "{message}"
        );
    }
}
