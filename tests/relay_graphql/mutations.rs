//! Mutations, whose effects are those of the REST operations.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::axum::http::StatusCode;

use crate::support::{KEY, Relay, each, text};

const CREATE_APPLICATION: &str =
    "mutation ($new: NewApplicationInput!, $get: Boolean, $key: String) {
    createApplication(application: $new, getIfExists: $get, idempotencyKey: $key) { id uid name }
}";
const CREATE_ENDPOINT: &str = "mutation ($app: ID!, $new: NewEndpointInput!, $key: String) {
    createEndpoint(applicationId: $app, endpoint: $new, idempotencyKey: $key) { id uid url disabled }
}";
const CREATE_MESSAGE: &str = "mutation ($app: ID!, $new: NewMessageInput!, $key: String) {
    createMessage(applicationId: $app, message: $new, idempotencyKey: $key) { id eventType payload }
}";

#[whippet::test]
async fn an_application_is_created_changed_and_deleted() {
    let relay = Relay::new().await;
    let new =
        json!({"name": "Acme", "uid": "acme", "throttleRate": 7, "metadata": {"plan": "pro"}});
    let data = relay.data(CREATE_APPLICATION, json!({"new": new})).await;
    let mut expected = relay.read("/app/acme").await;
    assert_eq!(data["createApplication"]["id"], expected["id"]);
    for (field, value) in new.as_object().unwrap() {
        assert_eq!(expected[field], *value);
    }

    let query = "mutation ($patch: ApplicationPatchInput!) { updateApplication(id: \"acme\", patch: $patch) {
        id uid name throttleRate rateLimit: throttleRate metadata createdAt updatedAt
    } }";
    relay.advance("1s").await;
    let data = relay
        .data(
            query,
            json!({"patch": {"name": "Acme Inc.", "throttleRate": null}}),
        )
        .await;
    expected["name"] = json!("Acme Inc.");
    expected["throttleRate"] = Value::Null;
    expected["rateLimit"] = Value::Null;
    expected["updatedAt"] = json!("2026-01-01T00:00:01.000Z");
    assert_eq!(data["updateApplication"], expected);
    assert_eq!(relay.read("/app/acme").await, expected);

    let query = "mutation { deleteApplication(id: \"acme\") }";
    let data = relay.data(query, json!({})).await;
    assert_eq!(data["deleteApplication"], expected["id"]);
    assert_eq!(relay.get("/app/acme").await.status, StatusCode::NOT_FOUND);
}

#[whippet::test]
async fn a_uid_is_taken_unless_the_existing_application_is_wanted() {
    let relay = Relay::with_app().await;
    let new = json!({"name": "Other", "uid": "acme"});
    let error = relay.error(CREATE_APPLICATION, json!({"new": new})).await;
    assert_eq!(error["extensions"]["status"], 409);
    assert_eq!(
        error["message"],
        "an application with the uid \"acme\" already exists"
    );
    let data = relay
        .data(CREATE_APPLICATION, json!({"new": new, "get": true}))
        .await;
    assert_eq!(data["createApplication"]["name"], "Acme");
}

#[whippet::test]
async fn an_endpoint_is_created_changed_and_deleted() {
    let relay = Relay::with_app().await;
    let new = json!({
        "url": "https://hook.example/in", "uid": "hook", "description": "d", "eventTypes": ["a", "b"],
        "channels": ["c"], "disabled": true, "throttleRate": 3, "metadata": {"k": "v"},
        "headers": {"x-tenant": "7"}, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    relay
        .data(CREATE_ENDPOINT, json!({"app": "acme", "new": new}))
        .await;
    let path = "/app/acme/endpoint/hook";
    let created = relay.read(path).await;
    let with_rest = {
        let mut new = new.clone();
        new["uid"] = json!("rest");
        relay.create("/app/acme/endpoint", &new).await
    };
    for (field, value) in with_rest.as_object().unwrap() {
        if !["id", "uid"].contains(&field.as_str()) {
            assert_eq!(created[field], *value, "{field}");
        }
    }
    let secret = "{ endpointSecret(applicationId: \"acme\", id: \"hook\") }";
    let data = relay.data(secret, json!({})).await;
    assert_eq!(data["endpointSecret"], new["secret"]);

    let query = "mutation ($patch: EndpointPatchInput!) {
        updateEndpoint(applicationId: \"acme\", id: \"hook\", patch: $patch) { disabled eventTypes channels description }
    }";
    let patch = json!({"disabled": false, "eventTypes": null});
    let data = relay.data(query, json!({"patch": patch})).await;
    let expected =
        json!({"disabled": false, "eventTypes": null, "channels": ["c"], "description": "d"});
    assert_eq!(data["updateEndpoint"], expected);
    let changed = relay.read(path).await;
    assert_eq!(
        (&changed["disabled"], &changed["filterTypes"]),
        (&json!(false), &Value::Null)
    );
    // The patch contained neither the headers nor the secret, so the endpoint keeps both.
    relay.respond_status(StatusCode::OK);
    relay.message(json!({"channels": ["c"]})).await;
    relay.run_tasks().await;
    let [sent] = relay.take_sent().try_into().unwrap();
    assert_eq!(sent.headers["x-tenant"], "7");

    let query = "mutation { deleteEndpoint(applicationId: \"acme\", id: \"hook\") }";
    let data = relay.data(query, json!({})).await;
    assert_eq!(data["deleteEndpoint"], created["id"]);
    assert_eq!(relay.get(path).await.status, StatusCode::NOT_FOUND);
}

#[whippet::test]
async fn a_message_is_delivered_to_every_matching_endpoint() {
    let relay = Relay::with_endpoint().await;
    relay
        .endpoint("other", json!({"eventTypes": ["other"]}))
        .await;
    relay.respond_status(StatusCode::OK);
    let query = "mutation ($payload: JSON!) { createMessage(applicationId: \"acme\", message: {
        eventType: \"user.created\", eventId: \"e\", tags: [\"t\"], payload: $payload
    }) { id } }";
    let payload = r#"{"z":1,"a":[true,{"é":null,"b":1.5}]}"#;
    let body = format!(
        r#"{{"query": {}, "variables": {{"payload": {payload}}}}}"#,
        json!(query)
    );
    let before = relay.statements().len();
    let request = relay.deref().post("/graphql").bearer(KEY);
    let created = request.json_text(body).await.json()["data"]["createMessage"].take();
    let with_graphql = relay.statements().len() - before;
    // The deliveries are enqueued in the batch that inserts the message.
    assert_eq!(relay.tasks().await.len(), 1);
    let read = relay.read("/app/acme/msg/e").await;
    assert_eq!(
        (&read["id"], &read["tags"]),
        (&created["id"], &json!(["t"]))
    );
    relay.run_tasks().await;
    let [sent] = relay.take_sent().try_into().unwrap();
    assert_eq!(sent.headers["webhook-id"], text(&created["id"]));
    assert_eq!(sent.body, payload);
    let attempts = relay.read("/app/acme/attempt/msg/e").await;
    assert_eq!(each(&attempts, "statusText"), ["success"]);

    let before = relay.statements().len();
    relay.message(json!({})).await;
    assert_eq!(with_graphql, relay.statements().len() - before);
}

#[whippet::test]
async fn a_message_can_create_its_application() {
    let relay = Relay::new().await;
    let new = |uid: &str| json!({"eventType": "a", "payload": {}, "application": {"name": "New", "uid": uid}});
    let error = relay
        .error(CREATE_MESSAGE, json!({"app": "new", "new": new("other")}))
        .await;
    assert_eq!(
        error["extensions"]["errors"][0]["pointer"],
        "/application/uid"
    );
    relay
        .data(CREATE_MESSAGE, json!({"app": "new", "new": new("new")}))
        .await;
    assert_eq!(relay.read("/app/new").await["name"], "New");
    assert_eq!(
        relay.read("/app/new/msg").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[whippet::test]
async fn a_key_repeats_a_mutation_and_the_rest_operation() {
    let relay = Relay::with_endpoint().await;
    for (query, field, new, path) in [
        (
            CREATE_APPLICATION,
            "createApplication",
            json!({"name": "Once"}),
            "/app",
        ),
        (
            CREATE_ENDPOINT,
            "createEndpoint",
            json!({"url": "https://once.example/"}),
            "/app/acme/endpoint",
        ),
        (
            CREATE_MESSAGE,
            "createMessage",
            json!({"eventType": "once", "payload": {"b": 1, "a": 2}}),
            "/app/acme/msg",
        ),
    ] {
        let variables = |key: &str, new: &Value| json!({"app": "acme", "new": new, "key": key});
        let first = relay.data(query, variables("k", &new)).await;
        let again = relay.data(query, variables("k", &new)).await;
        assert_eq!(first, again);
        let with_rest = relay.post_once(path, "k", &new).await.json();
        assert_eq!(with_rest["id"], first[field]["id"], "{path}");
        let other = relay.data(query, variables("l", &new)).await;
        assert_ne!(first, other);

        let mut changed = new.clone();
        changed
            .as_object_mut()
            .unwrap()
            .extend([("uid".to_owned(), json!("x"))]);
        if path == "/app/acme/msg" {
            changed = json!({"eventType": "twice", "payload": {}});
        }
        let error = relay.error(query, variables("k", &changed)).await;
        assert_eq!(
            error["extensions"]["errors"][0]["code"], "reused",
            "{error}"
        );
        let error = relay.error(query, variables("é", &new)).await;
        assert_eq!(
            error["message"],
            "idempotencyKey must be 1 to 256 visible ASCII characters"
        );
    }
}

#[whippet::test]
async fn the_mutations_of_an_operation_run_in_order() {
    let relay = Relay::new().await;
    let query = "mutation {
        createApplication(application: {name: \"A\", uid: \"a\"}) { id }
        createEndpoint(applicationId: \"a\", endpoint: {url: \"https://hook.example/\"}) { application { uid } }
        missing: deleteEndpoint(applicationId: \"a\", id: \"none\")
        createMessage(applicationId: \"a\", message: {eventType: \"t\", payload: {n: 1}}) { payload }
    }";
    let body = relay.graphql(query, json!({})).await.json();
    assert_eq!(body["errors"][0]["path"], json!(["missing"]));
    assert_eq!(body["data"]["createEndpoint"]["application"]["uid"], "a");
    assert_eq!(body["data"]["missing"], Value::Null);
    assert_eq!(body["data"]["createMessage"]["payload"], json!({"n": 1}));
    assert_eq!(relay.tasks().await.len(), 1);
}
