//! The filters of connections.

use std::time::Duration;

use serde_json::json;
use whippet::FetchError;

use crate::kit::nodes;
use crate::support::Relay;

#[whippet::test]
async fn messages_are_filtered_by_every_field() {
    let relay = Relay::with_applications(1).await;
    for (filter, expected) in [
        ("{}", &["m2", "m1", "m0"][..]),
        ("{eventTypes: [\"type.0\", \"type.2\"]}", &["m2", "m0"]),
        ("{eventTypes: []}", &[]),
        ("{channel: \"c1\"}", &["m1"]),
        ("{tag: \"t0\"}", &["m0"]),
        ("{tag: \"t0\", channel: \"c1\"}", &[]),
        ("{after: \"2026-01-01T00:00:30Z\"}", &["m2", "m1"]),
        ("{before: \"2026-01-01T01:01:30+01:00\"}", &["m1", "m0"]),
        (
            "{after: \"2026-01-01T00:00:30Z\", before: \"2026-01-01T00:01:30Z\"}",
            &["m1"],
        ),
    ] {
        let query = format!(
            "{{ application(id: \"a0\") {{ messages(filter: {filter}) {{ nodes {{ eventId }} }} }} }}"
        );
        let data = relay.data(&query, json!({})).await;
        assert_eq!(
            nodes(&data["application"]["messages"], "eventId"),
            expected,
            "{filter}"
        );
    }
}

#[whippet::test]
async fn attempts_are_filtered_by_every_field() {
    let relay = Relay::with_applications(2).await;
    let id = &relay.read("/app/a0/endpoint/e1").await["id"];
    let foreign = &relay.read("/app/a1/endpoint/e1").await["id"];
    for (filter, of_message, of_endpoint) in [
        ("{}".to_owned(), 3, 3),
        ("{status: SUCCESS}".to_owned(), 1, 0),
        ("{status: FAIL}".to_owned(), 2, 3),
        ("{statusCodeClass: SUCCESSFUL}".to_owned(), 1, 0),
        ("{statusCodeClass: CLIENT_ERROR}".to_owned(), 1, 0),
        ("{statusCodeClass: SERVER_ERROR}".to_owned(), 1, 3),
        ("{statusCodeClass: REDIRECTION}".to_owned(), 0, 0),
        ("{statusCodeClass: INFORMATIONAL}".to_owned(), 0, 0),
        ("{statusCodeClass: NO_RESPONSE}".to_owned(), 0, 0),
        ("{endpointId: \"e1\"}".to_owned(), 1, 3),
        (format!("{{endpointId: {id}}}"), 1, 3),
        (format!("{{endpointId: {foreign}}}"), 0, 0),
        ("{endpointId: \"e2\"}".to_owned(), 1, 0),
        ("{eventTypes: [\"type.1\"]}".to_owned(), 3, 1),
        ("{eventTypes: [\"type.0\"]}".to_owned(), 0, 1),
        ("{channel: \"c1\"}".to_owned(), 3, 1),
        ("{tag: \"t2\"}".to_owned(), 0, 1),
        ("{after: \"2026-01-01T00:00:30Z\"}".to_owned(), 3, 2),
        ("{before: \"2026-01-01T00:00:30Z\"}".to_owned(), 0, 1),
    ] {
        let attempts = format!("attempts(filter: {filter}) {{ nodes {{ id }} }}");
        let query = format!(
            "{{ message(applicationId: \"a0\", id: \"m1\") {{ {attempts} }} \
             endpoint(applicationId: \"a0\", id: \"e1\") {{ {attempts} }} }}"
        );
        let data = relay.data(&query, json!({})).await;
        let count = |parent: &str| nodes(&data[parent]["attempts"], "id").len();
        assert_eq!(
            (count("message"), count("endpoint")),
            (of_message, of_endpoint),
            "{filter}"
        );
    }
}

#[whippet::test]
async fn an_attempt_without_a_response_is_in_the_class_no_response() {
    let relay = Relay::with_endpoint().await;
    relay.respond(|_| Err(FetchError::Timeout(Duration::from_secs(20))));
    relay.message(json!({})).await;
    relay.run_tasks().await;
    let query = "{ endpoint(applicationId: \"acme\", id: \"hook\") {
        attempts(filter: {statusCodeClass: NO_RESPONSE}) { nodes { status responseStatusCode } }
    } }";
    let data = relay.data(query, json!({})).await;
    let expected = json!({"status": "FAIL", "responseStatusCode": 0});
    assert_eq!(data["endpoint"]["attempts"]["nodes"][0], expected);
}
