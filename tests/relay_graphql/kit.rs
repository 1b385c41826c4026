//! GraphQL requests to Relay.

use std::ops::Deref;

use serde_json::{Value, json};
use whippet::FetchResponse;
use whippet::axum::http::{HeaderMap, StatusCode};
use whippet::testing::TestResponse;

use crate::support::{KEY, Relay};

impl Relay {
    /// Executes an operation. The response may have errors.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> TestResponse {
        let body = json!({"query": query, "variables": variables});
        let request = self.deref().post("/graphql").bearer(KEY);
        request.json(&body).await
    }

    /// Executes an operation without errors, and returns its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let body = self.graphql(query, variables).await.json();
        assert_eq!(body["errors"], Value::Null, "{query}: {body}");
        body["data"].clone()
    }

    /// Executes an operation with one error, and returns the error.
    pub(crate) async fn error(&self, query: &str, variables: Value) -> Value {
        let body = self.graphql(query, variables).await.json();
        let errors = body["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{query}: {body}");
        errors[0].clone()
    }

    /// Starts Relay with the applications `a0`, `a1` and so on. Each application has the endpoints `e0` to `e2`, and
    /// the messages `m0` to `m2`, a minute apart. Each message has one attempt at each endpoint. The endpoints respond
    /// 200, 500 and 404.
    pub(crate) async fn with_applications(count: u32) -> Self {
        let relay = Self::with([("RELAY_RETRY_SCHEDULE", "100h")]).await;
        relay.respond(|request| {
            let status = match request.url.host_str() {
                Some("e0.example") => StatusCode::OK,
                Some("e1.example") => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::NOT_FOUND,
            };
            Ok(FetchResponse {
                status,
                headers: HeaderMap::new(),
                body: "seen".into(),
            })
        });
        for at in 0..count {
            let uid = format!("a{at}");
            relay.create("/app", json!({"name": uid, "uid": uid})).await;
            for child in 0..3 {
                let url = format!("https://e{child}.example/");
                let body = json!({"uid": format!("e{child}"), "url": url});
                relay.create(&format!("/app/{uid}/endpoint"), body).await;
            }
            for child in 0..3 {
                let body = json!({
                    "eventType": format!("type.{child}"), "eventId": format!("m{child}"), "payload": {"n": child},
                    "channels": [format!("c{child}")], "tags": [format!("t{child}")],
                });
                relay.create(&format!("/app/{uid}/msg"), body).await;
                relay.run_tasks().await;
                relay.advance("1m").await;
            }
        }
        relay
    }

    /// Executes an operation without errors, and returns its data, and the number of SQL statements that it runs.
    pub(crate) async fn counted(&self, query: &str, variables: Value) -> (Value, usize) {
        let before = self.statements().len();
        let data = self.data(query, variables).await;
        (data, self.statements().len() - before)
    }
}

/// Returns a field of each node of a connection.
pub(crate) fn nodes(connection: &Value, field: &str) -> Vec<Value> {
    let nodes = connection["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node[field].clone()).collect()
}
