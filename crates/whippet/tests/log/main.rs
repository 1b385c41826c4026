//! Log lines. One subscriber serves a process, so these tests are a binary of their own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod capture;

use serde_json::{Value, json};
use whippet::testing::block_on;
use whippet::{Config, Timestamp};

use crate::api::{app, init};
use crate::capture::{Lines, lines, parsed};

/// The lines of one request.
fn logged(path: &str, id: &str) -> Vec<String> {
    block_on(async { app().await.get(path).header("x-request-id", id).await });
    lines(&format!("\"{id}\""))
}

#[test]
fn a_line_has_its_keys_in_order() {
    assert_eq!(
        logged("/fine", "keys"),
        [
            r#"{"timestamp":"1970-01-01T00:00:01.500Z","level":"info","message":"hello","target":"log::api","request_id":"keys","count":3,"ratio":0.5,"ok":true,"name":"a \"b\"\n"}"#,
            r#"{"timestamp":"1970-01-01T00:00:01.500Z","level":"info","message":"request","target":"whippet::service","request_id":"keys","method":"GET","route":"/fine","status":200,"duration_ms":0}"#,
        ]
    );
}

#[test]
fn every_request_has_one_line_with_its_route() {
    for (path, id, route, status) in [
        ("/fine?token=hush", "line-1", "/fine", 200),
        ("/meet/a%ff", "line-2", "/meet/{name}", 400),
        ("/nothing/hush", "line-3", "", 404),
    ] {
        let lines = logged(path, id);
        let line: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
        assert_eq!(line["message"], "request");
        assert_eq!(
            (&line["route"], &line["status"]),
            (&json!(route), &json!(status))
        );
        assert!(!lines.concat().contains("hush"));
    }
}

#[test]
fn the_cause_of_a_500_is_logged_once_and_is_not_in_the_answer() {
    for (path, id, cause) in [
        (
            "/chain",
            "cause-1",
            "the count cannot be read: invalid digit found in string",
        ),
        ("/database", "cause-2", "no such table: no_such_table"),
        (
            "/panics",
            "cause-3",
            "the handler panicked: the handler is broken",
        ),
    ] {
        let answer = block_on(async { app().await.get(path).header("x-request-id", id).await });
        assert_eq!(answer.status, 500);
        let [line] = parsed(&format!("\"{id}\"")).try_into().unwrap();
        assert_eq!(line["level"], "error");
        assert_eq!(line["message"], "request failed");
        assert_eq!(line["status"], 500);
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(cause), "{error}");
        assert!(!answer.text().contains(cause));
    }
}

#[test]
fn fields_of_nested_spans_are_flat_from_the_outermost_in() {
    let lines = logged("/spans", "nested-1");
    let fields = r#""target":"log::api","request_id":"nested-1","a":1,"late":"x","b":2,"c":3}"#;
    assert!(lines[0].ends_with(fields), "{}", lines[0]);
    assert!(
        lines[0].contains(r#""level":"warn","message":"nested""#),
        "{}",
        lines[0]
    );
}

#[test]
fn a_secret_is_not_shown() {
    let lines = logged("/secret", "secret-1");
    assert!(
        lines[0].contains(r#""message":"with [redacted]""#),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with(r#""key":"[redacted]"}"#), "{}", lines[0]);
}

#[test]
fn requests_at_the_same_time_keep_their_own_ids() {
    block_on(async {
        let app = app().await;
        let request = |name| {
            app.get(name)
                .header("x-request-id", &name[1..].replace('/', "-"))
                .into_future()
        };
        tokio::join!(request("/meet/a"), request("/meet/b"));
    });
    let steps = parsed(r#""message":"step""#);
    assert_eq!(steps.len(), 6);
    for line in steps {
        let name = line["name"].as_str().unwrap();
        assert_eq!(line["request_id"], format!("meet-{name}"));
    }
}

#[test]
fn the_lines_of_a_task_name_it_its_attempt_and_its_request() {
    block_on(async {
        let app = app().await;
        app.post("/enqueue").header("x-request-id", "task-1").await;
        app.run_tasks().await;
    });
    let [request, inside, end] = parsed("\"task-1\"").try_into().unwrap();
    assert_eq!(request["route"], "/enqueue");
    for line in [&inside, &end] {
        assert_eq!(
            (&line["task"], &line["attempt"]),
            (&json!("fail"), &json!(1))
        );
        assert_eq!(line["task_id"].as_str().unwrap().len(), 32);
    }
    assert_eq!(inside["message"], "in the task");
    assert_eq!(
        (&end["message"], &end["level"]),
        (&json!("task dead"), &json!("error"))
    );
    assert_eq!(
        (&end["error"], &end["duration_ms"]),
        (&json!("it broke"), &json!(0))
    );
}

#[test]
fn a_level_that_is_none_is_named() {
    init();
    let config = Config::from_iter([(whippet::log::LEVEL, "loud")]);
    let error = whippet::log::init(&config, || Lines, || Timestamp::from_millis(0)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the variable LOG_LEVEL is \"loud\""),
        "{error}"
    );
}

#[test]
fn the_line_of_a_panic_has_its_route() {
    let [line] = logged("/panics", "panic-1").try_into().unwrap();
    assert!(line.contains(r#""route":"/panics","status":500"#), "{line}");
}
