//! Objects, and the number of statements that read them.

use serde_json::json;

use crate::kit::nodes;
use crate::support::{Relay, text};

#[whippet::test]
async fn an_application_has_the_fields_of_rest() {
    let relay = Relay::with_applications(1).await;
    let query = "query ($id: ID!) { application(id: $id) {
        id uid name throttleRate metadata createdAt updatedAt
    } }";
    let mut expected = relay.read("/app/a0").await;
    expected.as_object_mut().unwrap().remove("rateLimit");
    for id in ["a0", expected["id"].as_str().unwrap()] {
        let data = relay.data(query, json!({"id": id})).await;
        assert_eq!(data["application"], expected);
    }
}

#[whippet::test]
async fn an_endpoint_has_the_fields_of_rest_and_its_health() {
    let relay = Relay::with_applications(1).await;
    let query = "query ($id: ID!) { endpoint(applicationId: \"a0\", id: $id) {
        id uid url description eventTypes channels disabled throttleRate metadata createdAt updatedAt
    } }";
    let mut expected = relay.read("/app/a0/endpoint/e1").await;
    for old in ["rateLimit", "filterTypes", "version"] {
        expected.as_object_mut().unwrap().remove(old);
    }
    for id in ["e1", expected["id"].as_str().unwrap()] {
        let data = relay.data(query, json!({"id": id})).await;
        assert_eq!(data["endpoint"], expected);
    }
    let query = "{ application(id: \"a0\") { endpoints { nodes {
        uid health { failingSince failedAt failures }
    } } } }";
    let (data, statements) = relay.counted(query, json!({})).await;
    assert_eq!(statements, 3);
    let expected = json!([
        {"uid": "e2", "health": {
            "failingSince": "2026-01-01T00:00:00.000Z", "failedAt": "2026-01-01T00:02:00.000Z", "failures": 3,
        }},
        {"uid": "e1", "health": {
            "failingSince": "2026-01-01T00:00:00.000Z", "failedAt": "2026-01-01T00:02:00.000Z", "failures": 3,
        }},
        {"uid": "e0", "health": {"failingSince": null, "failedAt": null, "failures": 0}},
    ]);
    assert_eq!(data["application"]["endpoints"]["nodes"], expected);
}

#[whippet::test]
async fn a_message_and_an_attempt_have_the_fields_of_rest() {
    let relay = Relay::with_applications(1).await;
    let query = "query ($id: ID!) { message(applicationId: \"a0\", id: $id) {
        id eventId eventType channels tags payload timestamp
        attempts(filter: {endpointId: \"e1\"}) { nodes {
            id url responseStatusCode response responseDurationMs timestamp
        } }
        application { uid }
    } }";
    let mut expected = relay.read("/app/a0/msg/m1").await;
    let mut attempt = relay.read("/app/a0/attempt/msg/m1?endpoint_id=e1").await["data"][0].take();
    for other in ["msgId", "endpointId", "status", "statusText", "triggerType"] {
        attempt.as_object_mut().unwrap().remove(other);
    }
    expected["attempts"] = json!({"nodes": [attempt]});
    expected["application"] = json!({"uid": "a0"});
    for id in ["m1", &text(&expected["id"])] {
        let data = relay.data(query, json!({"id": id})).await;
        assert_eq!(data["message"], expected);
    }
}

#[whippet::test]
async fn a_payload_keeps_the_order_of_its_fields() {
    let relay = Relay::with_applications(1).await;
    let payload = r#"{"z":1,"a":{"y":[1.5,null,"é"],"b":true},"m":-7}"#;
    let body = format!(r#"{{"eventType": "a", "eventId": "ordered", "payload": {payload}}}"#);
    relay.create("/app/a0/msg", body).await;
    let query = "{ message(applicationId: \"a0\", id: \"ordered\") { payload } }";
    let response = relay.graphql(query, json!({})).await.text();
    assert!(response.contains(payload), "{response}");
}

#[whippet::test]
async fn the_children_of_a_hundred_parents_take_one_statement() {
    let relay = Relay::new().await;
    relay
        .sql(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < 100) \
             insert into applications (id, uid, name, metadata, created_at, updated_at) \
             select printf('app_%027d', n), 'a' || n, 'A', '{}', 0, 0 from n; \
             with recursive n(n) as (select 1 union all select n + 1 from n where n < 300) \
             insert into endpoints (id, app_id, uid, url, description, metadata, headers, secret, disabled, \
             created_at, updated_at) select printf('ep_%027d', n), printf('app_%027d', 1 + n % 100), 'e' || n, '', '', \
             '{}', '{}', '', 0, 0, 0 from n",
        )
        .await;
    let query =
        "{ applications(first: 100) { nodes { uid endpoints(first: 2) { nodes { uid } } } } }";
    let (data, statements) = relay.counted(query, json!({})).await;
    assert_eq!(statements, 2);
    let applications = &data["applications"];
    assert_eq!(nodes(applications, "uid").len(), 100);
    for (at, endpoints) in nodes(applications, "endpoints").iter().enumerate() {
        // The endpoints of the application with the number n have the numbers n - 1, n + 99 and n + 199. The newest come
        // first.
        let newest = if at == 0 {
            [300, 200]
        } else {
            [at + 200, at + 100]
        };
        let expected = newest.map(|number| json!(format!("e{number}")));
        assert_eq!(nodes(endpoints, "uid"), expected, "{at}");
    }
}

#[whippet::test]
async fn every_level_of_a_query_takes_one_statement() {
    let relay = Relay::with_applications(4).await;
    let query = "{ applications(first: 4) { nodes { messages(first: 3) { nodes { payload attempts(first: 3) { nodes {
        status endpoint { uid application { uid } } message { eventId }
    } } } } } } }";
    let (data, statements) = relay.counted(query, json!({})).await;
    // The six statements read the applications, their messages, the attempts, the endpoints, the messages of the
    // attempts, and the applications of the endpoints.
    assert_eq!(statements, 6);
    for (at, messages) in nodes(&data["applications"], "messages").iter().enumerate() {
        assert_eq!(
            nodes(messages, "payload"),
            [2, 1, 0].map(|n| json!({"n": n}))
        );
        for (n, attempts) in nodes(messages, "attempts").iter().enumerate() {
            let mut endpoints = nodes(attempts, "endpoint");
            endpoints.sort_by_key(|endpoint| text(&endpoint["uid"]));
            let application = json!({"uid": format!("a{at}")});
            let expected =
                ["e0", "e1", "e2"].map(|uid| json!({"uid": uid, "application": application}));
            assert_eq!(endpoints, expected);
            let event = json!({"eventId": format!("m{}", 2 - n)});
            assert_eq!(
                nodes(attempts, "message"),
                [&event, &event, &event].map(Clone::clone)
            );
        }
    }
    // Connections with different arguments need a statement each.
    let query = "{ applications { nodes { a: messages(first: 1) { nodes { id } } b: messages(first: 1) { nodes { id } }
        c: messages(first: 2) { nodes { id } } } } }";
    let (_, statements) = relay.counted(query, json!({})).await;
    assert_eq!(statements, 3);
}

#[whippet::test]
async fn a_node_is_an_object_of_any_type() {
    let relay = Relay::with_applications(1).await;
    let query = "query ($id: ID!) { node(id: $id) {
        __typename id
        ... on Application { uid } ... on Endpoint { uid } ... on Message { eventId } ... on Attempt { status }
    } }";
    let attempt = relay.read("/app/a0/attempt/endpoint/e0").await["data"][0].take();
    for (path, kind, field) in [
        ("/app/a0", "Application", "uid"),
        ("/app/a0/endpoint/e2", "Endpoint", "uid"),
        ("/app/a0/msg/m2", "Message", "eventId"),
    ] {
        let found = relay.read(path).await;
        let data = relay.data(query, json!({"id": found["id"]})).await;
        let expected = json!({"__typename": kind, "id": found["id"], field: found[field]});
        assert_eq!(data["node"], expected);
    }
    let data = relay.data(query, json!({"id": attempt["id"]})).await;
    let expected = json!({"__typename": "Attempt", "id": attempt["id"], "status": "SUCCESS"});
    assert_eq!(data["node"], expected);
    for id in [
        "",
        "a0",
        "app_0",
        "x_1",
        "atmpt_000000000000000000000000000",
    ] {
        let data = relay.data(query, json!({"id": id})).await;
        assert_eq!(data, json!({"node": null}), "{id}");
    }
}

#[whippet::test]
async fn an_attempt_outlives_its_endpoint() {
    let relay = Relay::with_applications(1).await;
    relay.delete("/app/a0/endpoint/e0").await;
    let query = "{ message(applicationId: \"a0\", id: \"m0\") {
        attempts(filter: {status: SUCCESS}) { nodes { url endpoint { uid } } }
    } }";
    let data = relay.data(query, json!({})).await;
    let expected = json!([{"url": "https://e0.example/", "endpoint": null}]);
    assert_eq!(data["message"]["attempts"]["nodes"], expected);
}
