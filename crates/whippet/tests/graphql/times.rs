//! Times, which are the scalar `DateTime`.

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SchemaBuilder};
use serde_json::{Value, json};
use whippet::testing::TestApp;
use whippet::{App, Timestamp, graphql};

struct Query;

#[Object]
impl Query {
    async fn same(&self, time: Timestamp) -> Timestamp {
        time
    }
}

fn schema() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
}

#[whippet::test]
async fn a_time_is_rfc_3339_text() {
    let sdl = graphql::sdl(schema);
    assert!(sdl.contains("same(time: DateTime!): DateTime!"), "{sdl}");
    let app = TestApp::new(|_| Ok(App::new().routes(graphql::routes("/graphql", schema)))).await;
    let ask = async |time: Value| {
        let query = "query ($time: DateTime!) { same(time: $time) }";
        let body = json!({"query": query, "variables": {"time": time}});
        app.post("/graphql").json(&body).await.json()
    };
    for (time, expected) in [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T13:30:00.25+01:00", "2026-01-31T12:30:00.250Z"),
    ] {
        assert_eq!(ask(json!(time)).await["data"]["same"], expected);
    }
    for time in [
        json!("yesterday"),
        json!("2026-01-31"),
        json!(7),
        json!(null),
    ] {
        let body = ask(time.clone()).await;
        assert!(body["errors"][0]["message"].is_string(), "{time}: {body}");
    }
    let body = ask(json!("yesterday")).await;
    let message = body["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("\"yesterday\" is not an RFC 3339 time"),
        "{message}"
    );
}
