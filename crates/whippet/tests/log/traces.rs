//! The W3C trace context of requests, outbound calls and tasks.

use serde_json::Value;
use whippet::axum::http::StatusCode;
use whippet::testing::TestApp;

use crate::capture::Log;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Returns the `traceparent` and `tracestate` of the outbound requests.
fn sent(app: &TestApp) -> Vec<(String, String)> {
    let header = |request: &whippet::host::OutboundRequest, name| {
        let value = request.headers.get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let sent = app.take_sent();
    let headers = |request| {
        (
            header(request, "traceparent"),
            header(request, "tracestate"),
        )
    };
    sent.iter().map(headers).collect()
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap()
}

#[whippet::test]
fn a_request_its_outbound_calls_and_its_tasks_are_in_the_trace_of_the_caller() {
    let log = Log::new([("TRACE_TRUST_CALLERS", "true")]);
    let (request_calls, task_calls) = log.run(async |app| {
        app.respond_status(StatusCode::OK);
        let parent = format!("00-{TRACE}-{CALLER}-01");
        for path in ["/uses", "/enqueue"] {
            let request = app.post(path).header("traceparent", &parent);
            request.header("tracestate", "rojo=1, congo=2").await;
        }
        let request_calls = sent(app);
        app.run_tasks().await;
        (request_calls, sent(app))
    });
    let lines = log.parsed();
    let [uses, enqueue, _, task] = &lines[..] else {
        unreachable!("{lines:?}")
    };
    for line in &lines {
        assert_eq!(line["trace_id"], TRACE);
    }
    let spans = [uses, enqueue, task].map(|line| text(line, "span_id"));
    assert!(spans.iter().all(|span| span.len() == 16 && *span != CALLER));
    assert!(spans[0] != spans[1] && spans[1] != spans[2]);
    // The caller is the parent of the two requests. The request that enqueued the task is the parent of the task.
    let parents = [uses, enqueue, task].map(|line| text(line, "parent_span_id"));
    assert_eq!(parents, [CALLER, CALLER, spans[1]]);

    let headers = |span: &str| (format!("00-{TRACE}-{span}-01"), "rojo=1,congo=2".to_owned());
    // The handler propagates the trace only to its first target.
    let none = (String::new(), String::new());
    assert_eq!(request_calls, [headers(spans[0]), none]);
    assert_eq!(task_calls, [headers(spans[2])]);
}

#[whippet::test]
fn the_sampling_of_a_trace_does_not_depend_on_an_untrusted_caller() {
    for (flags, state) in [("00", "rojo=1"), ("01", "ot=th:0;rv:00000000000000,rojo=1")] {
        let log = Log::new([]);
        let sent = log.run(async |app| {
            app.respond_status(StatusCode::OK);
            let parent = format!("00-{TRACE}-{CALLER}-{flags}");
            let request = app.post("/uses").header("traceparent", &parent);
            request.header("tracestate", state).await;
            sent(app)
        });
        let [line] = log.parsed().try_into().unwrap();
        // The request continues the caller's trace.
        assert_eq!(
            (text(&line, "trace_id"), text(&line, "parent_span_id")),
            (TRACE, CALLER)
        );
        let (parent, state) = &sent[0];
        let span = text(&line, "span_id");
        assert_eq!(*parent, format!("00-{TRACE}-{span}-01"));
        let own = state.strip_prefix("ot=rv:").unwrap();
        let (randomness, rest) = own.split_once(',').unwrap();
        assert_eq!((randomness.len(), rest), (14, "rojo=1"));
        assert_ne!(randomness, "00000000000000");
    }
}

#[whippet::test]
fn a_request_without_a_valid_traceparent_starts_a_trace() {
    let valid = format!("00-{TRACE}-{CALLER}-01");
    let invalid = valid.to_uppercase();
    for parents in [
        &[][..],
        &[invalid.as_str()],
        &[valid.as_str(), valid.as_str()],
    ] {
        let log = Log::new([]);
        let sent = log.run(async |app| {
            app.respond_status(StatusCode::OK);
            let mut request = app.post("/uses").header("tracestate", "rojo=1");
            for parent in parents {
                request = request.header("traceparent", parent);
            }
            request.await;
            sent(app)
        });
        let [line] = log.parsed().try_into().unwrap();
        let trace = text(&line, "trace_id");
        assert_ne!(trace, TRACE);
        assert_eq!(line["parent_span_id"], Value::Null);
        // Without a valid `traceparent`, the `tracestate` is not passed to the outbound request.
        let parent = format!("00-{trace}-{}-03", text(&line, "span_id"));
        assert_eq!(sent[0], (parent, String::new()));
    }
}
