//! GraphQL over HTTP.

use serde_json::{Value, json};
use whippet::graphql::Limits;
use whippet::testing::TestApp;

use crate::kit::{app, ask, start};

const RESPONSE: &str = "application/graphql-response+json";

#[whippet::test]
async fn the_media_type_of_the_response_is_negotiated() {
    let app = start(Limits::default(), 1).await;
    let utf_8 = |media: &str| format!("{media}; charset=utf-8");
    for (accept, expected) in [
        (None, utf_8("application/json")),
        (Some("*/*"), utf_8("application/json")),
        (Some(RESPONSE), utf_8(RESPONSE)),
    ] {
        let request = app.post("/graphql").json(&json!({"query": "{ hello }"}));
        let response = match accept {
            Some(accept) => request.header("accept", accept).await,
            None => request.await,
        };
        response
            .assert_status(200)
            .assert_header("content-type", &expected);
        assert_eq!(response.text(), r#"{"data":{"hello":"hello world"}}"#);
    }
    let response = app.post("/graphql").header("accept", "text/html");
    let response = response.json(&json!({"query": "{ hello }"})).await;
    response.assert_status(406).assert_json_includes(json!({
        "errors": [{"extensions": {"code": "not_acceptable"}}]
    }));
}

#[whippet::test]
async fn an_operation_that_cannot_run_is_a_400_without_data_or_a_200_for_old_clients() {
    let app = start(Limits::default(), 1).await;
    let variables = json!({"query": "query ($id: Int!) { author(id: $id) { name } }", "variables": {"id": "x"}});
    for request in [
        json!({"query": "{"}),
        json!({"query": "{ nothing }"}),
        json!({"query": "query A { hello } query B { hello }"}),
        json!({"query": "query A { hello }", "operationName": "B"}),
        json!({"query": "{ hello { name } }"}),
        variables,
    ] {
        let response = app
            .post("/graphql")
            .header("accept", RESPONSE)
            .json(&request)
            .await;
        response.assert_status(400);
        let body = response.json();
        assert!(body["errors"][0]["message"].is_string(), "{body}");
        assert!(body.get("data").is_none(), "{body}");
        let response = app.post("/graphql").json(&request).await;
        response.assert_status(200).assert_json(body);
    }
}

#[whippet::test]
async fn a_get_reads_all_parameters_and_executes_no_mutation() {
    let app = start(Limits::default(), 1).await;
    let document = "query A { hello } query B($name: String!) { hello(name: $name) }";
    let get = |query: &str| app.get("/graphql").query("query", query);
    let response = get(document)
        .query("operationName", "B")
        .query("variables", r#"{"name": "Ada & co"}"#);
    response
        .await
        .assert_json(json!({"data": {"hello": "hello Ada & co"}}));
    let response = get(document)
        .query("operationName", "A")
        .query("variables", "null");
    response
        .await
        .assert_json(json!({"data": {"hello": "hello world"}}));

    let mutation = r#"mutation { createAuthor(input: {name: "Ada"}) }"#;
    for query in [
        mutation.to_owned(),
        format!(
            "query A {{ hello }} {}",
            mutation.replace("mutation", "mutation M")
        ),
    ] {
        let response = get(&query)
            .query(
                "operationName",
                if query.contains('A') && query.starts_with("query") {
                    "M"
                } else {
                    ""
                },
            )
            .await;
        response.assert_status(405).assert_header("allow", "POST");
    }
    let count: i64 = app.row("select count(*) from authors").await;
    assert_eq!(count, 1);
    for (name, value) in [
        ("variables", "{"),
        ("variables", "[]"),
        ("extensions", "1"),
        ("query", "{ hello }"),
    ] {
        let response = get("{ hello }").query(name, value).await;
        response.assert_status(400);
    }
    app.get("/graphql").await.assert_status(400);
}

#[whippet::test]
async fn only_json_in_utf_8_is_accepted() {
    let app = start(Limits::default(), 1).await;
    let body = r#"{"query": "{ hello }"}"#;
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("Application/JSON;charset=\"utf-8\"", 200),
        ("application/json; charset=utf-16", 415),
        ("application/graphql", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("", 415),
    ] {
        let response = app
            .post("/graphql")
            .header("content-type", content_type)
            .body(body)
            .await;
        response.assert_status(status);
    }
    let response = app.post("/graphql").body(body).await;
    response.assert_status(415);
    assert!(
        response.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("application/json")
    );
}

#[whippet::test]
async fn malformed_requests_are_rejected() {
    let app = start(Limits::default(), 1).await;
    for body in [
        "",
        "{",
        "null",
        "7",
        "\"{ hello }\"",
        "[]",
        "{}",
        r#"{"query": 7}"#,
        r#"{"query": ""}"#,
        r#"{"query": null}"#,
        r#"{"query": "{ hello }", "operationName": 7}"#,
        r#"{"query": "{ hello }", "variables": []}"#,
        r#"{"query": "{ hello }", "variables": "{}"}"#,
        r#"{"query": "{ hello }", "extensions": "x"}"#,
        r#"{"query": "{ hello }", "query": "{ hello }"}"#,
        r#"[{"query": "{ hello }"}]"#,
    ] {
        let response = app.post("/graphql").json_text(body).await;
        let body: Value = response.assert_status(400).json();
        assert!(
            body["errors"][0]["extensions"]["code"].is_string(),
            "{body}"
        );
        assert!(body.get("data").is_none());
    }
    for body in [
        r#"{"query": "{ hello }", "operationName": null, "variables": null, "extensions": null, "id": 7}"#,
    ] {
        app.post("/graphql")
            .json_text(body)
            .await
            .assert_json(json!({"data": {"hello": "hello world"}}));
    }
}

#[whippet::test]
async fn a_batch_is_executed_only_if_it_is_enabled() {
    let limits = Limits {
        batch: 3,
        ..Limits::default()
    };
    let app = start(limits, 3).await;
    let query = |query: &str| json!({"query": query});
    let batch = [query("{ hello }"), query("{"), query("{ nothing }")];
    let response = app
        .post("/graphql")
        .header("accept", RESPONSE)
        .json(&batch)
        .await;
    let body = response.assert_status(200).json();
    assert_eq!(body[0], json!({"data": {"hello": "hello world"}}));
    assert!(body[1].get("data").is_none() && body[2].get("data").is_none());

    // The operations of a batch load their rows together, with one statement.
    let before = app.statements().len();
    let batch = [
        query("{ author(id: 1) { name } }"),
        query("{ author(id: 2) { name } }"),
    ];
    app.post("/graphql").json(&batch).await.assert_status(200);
    assert_eq!(app.statements().len() - before, 1);

    // Mutations run in order.
    let mutation = |name: &str| {
        query(&format!(
            "mutation {{ createAuthor(input: {{name: \"{name}\"}}) }}"
        ))
    };
    let batch = [mutation("a"), query("{ authors { name } }"), mutation("b")];
    let body = app.post("/graphql").json(&batch).await.json();
    assert_eq!(body[1]["data"]["authors"][3]["name"], "a");
    assert_eq!(body[2]["data"]["createAuthor"], 5);

    for batch in [
        vec![],
        vec![query("{ hello }"); 4],
        vec![query("subscription { rejected }")],
        vec![query("{ hello }"), json!({})],
    ] {
        app.post("/graphql").json(&batch).await.assert_status(400);
    }
}

#[whippet::test]
async fn the_schema_can_be_read_only_in_development() {
    let introspection = "{ __schema { queryType { name } } }";
    let development = start(Limits::default(), 1).await;
    let body = ask(&development, introspection).await.json();
    assert_eq!(body["data"]["__schema"]["queryType"]["name"], "Query");
    let misspelled = ask(&development, "{ helo }").await.json();
    assert!(
        misspelled["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("hello")
    );

    let production = TestApp::new(|_| Ok(app(Limits::default()))).await;
    let response = ask(&production, introspection).await;
    response.assert_status(400);
    assert!(!response.text().contains("queryType\":{"));
    let misspelled = ask(&production, "{ helo }").await.assert_status(400).json();
    assert!(
        !misspelled["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("hello")
    );
    ask(&production, "{ __typename }")
        .await
        .assert_json(json!({"data": {"__typename": "Query"}}));

    let broken = TestApp::builder().variable("GRAPHQL_INTROSPECTION", "maybe");
    let broken = broken.start(|_| Ok(app(Limits::default()))).await;
    ask(&broken, "{ hello }").await.assert_status(500);
}
