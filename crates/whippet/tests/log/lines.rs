//! Log lines and their keys.

use serde_json::json;

use crate::capture::{Log, keys, logged, parsed};

/// A fixed trace context, so that every run writes the same lines.
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[whippet::test]
fn the_keys_of_a_log_line_have_a_fixed_order() {
    let log = Log::new([]);
    log.run(async |app| {
        let request = app.get("/fine").header("x-request-id", "keys");
        request.header("traceparent", PARENT).await
    });
    let [event, request] = log.take().try_into().unwrap();
    assert_eq!(
        event,
        r#"{"timestamp":"1970-01-01T00:00:01.500Z","level":"info","message":"hello","target":"log::api","request_id":"keys","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","route":"/fine","method":"GET","count":3,"ratio":0.5,"ok":true,"name":"a \"b\"\n"}"#
    );
    let (request, span) = request.split_once(r#""span_id":""#).unwrap();
    assert_eq!(
        request,
        r#"{"timestamp":"1970-01-01T00:00:01.500Z","level":"info","message":"request","target":"whippet::request","request_id":"keys","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","route":"/fine","method":"GET","status":200,"duration_ms":0,"request_bytes":0,"response_bytes":0,"#
    );
    assert_eq!(&span[16..], r#"","parent_span_id":"00f067aa0ba902b7"}"#);
}

#[whippet::test]
fn every_request_has_one_line_with_its_route() {
    for (path, route, status, problem) in [
        ("/fine?token=hush", "/fine", 200, json!(null)),
        ("/bound/a%ff", "/bound/{tenant}", 400, json!("bad_request")),
        ("/nothing/hush", "", 404, json!("not_found")),
        (
            "/enqueue?hush",
            "/enqueue",
            405,
            json!("method_not_allowed"),
        ),
    ] {
        let lines = parsed(path);
        let line = lines.last().unwrap();
        assert_eq!(line["message"], "request");
        assert_eq!(
            (&line["route"], &line["status"], &line["problem"]),
            (&json!(route), &json!(status), &problem)
        );
        assert!(!logged(path).concat().contains("hush"));
    }
}

#[whippet::test]
fn the_cause_of_a_500_is_logged_once_and_is_not_in_the_response() {
    for (path, cause) in [
        (
            "/chain",
            "the count cannot be read: invalid digit found in string",
        ),
        ("/database", "no such table: no_such_table"),
        #[cfg(not(target_arch = "wasm32"))]
        ("/panics", "the handler panicked: the handler is broken"),
    ] {
        let log = Log::new([]);
        let response = log.run(async |app| app.get(path).await);
        assert_eq!(response.status, 500);
        let [line] = log.parsed().try_into().unwrap();
        assert_eq!(line["level"], "error");
        assert_eq!(line["message"], "request failed");
        assert_eq!(line["status"], 500);
        assert_eq!(line["problem"], "internal");
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(cause), "{error}");
        assert!(!response.text().contains(cause));
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
fn the_line_of_a_panic_has_the_route_and_bound_fields() {
    let [line] = parsed("/panics").try_into().unwrap();
    assert_eq!(
        (&line["route"], &line["tenant"]),
        (&json!("/panics"), &json!("acme"))
    );
}

#[whippet::test]
fn event_fields_precede_span_fields_and_inner_spans_precede_outer_spans() {
    let [nested, _] = logged("/spans").try_into().unwrap();
    let fields = r#""route":"/spans","method":"GET","c":3,"b":2,"a":1,"late":"x"}"#;
    assert!(nested.ends_with(fields), "{nested}");
    assert!(
        nested.contains(r#""level":"warn","message":"nested""#),
        "{nested}"
    );
}

/// Regression test: a field with the name `level` once produced a line with two `level` keys.
#[whippet::test]
fn a_field_with_the_name_of_a_fixed_key_does_not_repeat_the_key() {
    let [line, _] = logged("/fixed-names").try_into().unwrap();
    #[rustfmt::skip] // The keys are in the order of the line.
    assert_eq!(keys(&line), [
        "timestamp", "level", "message", "target", "request_id", "trace_id",
        "field.timestamp", "field.target", "field.request_id", "field.trace_id", "field.truncated", "route",
        "field.level", "field.message", "method",
    ]);
    let [line, _] = parsed("/fixed-names").try_into().unwrap();
    assert_eq!(
        (&line["level"], &line["message"], &line["request_id"]),
        (&json!("info"), &json!("hello"), &json!("r"))
    );
    // The event sets `route`, and the span sets `method`. These later fields override the route and the method of the
    // request.
    assert_eq!(
        (&line["route"], &line["method"], &line["field.message"]),
        (&json!("event"), &json!("span"), &json!("of the span"))
    );
}

#[whippet::test]
fn the_lines_of_a_task_have_its_name_attempt_and_request_id() {
    let log = Log::new([]);
    log.run(async |app| {
        app.post("/enqueue").header("x-request-id", "task-1").await;
        app.run_tasks().await;
    });
    let [request, inside, end] = log.parsed().try_into().unwrap();
    assert_eq!(request["route"], "/enqueue");
    for line in [&inside, &end] {
        assert_eq!(line["request_id"], "task-1");
        assert_eq!(
            (&line["task"], &line["attempt"], &line["note"]),
            (&json!("fail"), &json!(1), &json!("task-1"))
        );
        assert_eq!(line["task_id"].as_str().unwrap().len(), 32);
    }
    assert_eq!(inside["message"], "in the task");
    assert_eq!(
        (&end["message"], &end["level"], &end["target"]),
        (
            &json!("task dead"),
            &json!("error"),
            &json!("whippet::task")
        )
    );
    assert_eq!(
        (&end["error"], &end["duration_ms"]),
        (&json!("it broke"), &json!(0))
    );
}

#[whippet::test]
fn a_log_line_outside_a_request_has_only_the_fields_of_its_event() {
    let log = Log::new([]);
    log.run(async |_| {
        whippet::log::bind("tenant", "acme");
        tracing::info!(a = 1, "alone");
    });
    let [line] = log.take().try_into().unwrap();
    assert_eq!(
        keys(&line),
        ["timestamp", "level", "message", "target", "a"]
    );
}
