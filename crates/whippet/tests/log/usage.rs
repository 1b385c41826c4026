//! The resource usage of requests and tasks, as fields of log lines.

use serde_json::{Value, json};

use crate::capture::{Log, parsed};

const KEYS: [&str; 6] = [
    "request_bytes",
    "response_bytes",
    "db_statements",
    "db_rows",
    "fetches",
    "problem",
];

fn usage(line: &Value) -> [Value; 6] {
    KEYS.map(|key| line[key].clone())
}

#[whippet::test]
fn the_log_line_of_a_request_has_its_resource_usage() {
    let log = Log::new([]);
    log.run(async |app| app.post("/uses").body("12345").await);
    let [line] = log.parsed().try_into().unwrap();
    // `db_rows` is 11: three read rows, four inserted rows (two per insert), and four updated rows.
    let expected = [
        json!(5),
        json!(2000),
        json!(4),
        json!(11),
        json!(2),
        Value::Null,
    ];
    assert_eq!(usage(&line), expected);
    assert!(
        line["db_ms"].is_u64() && line["fetch_ms"].is_u64(),
        "{line}"
    );
}

#[whippet::test]
fn unused_resources_are_omitted() {
    let line = parsed("/status/200").pop().unwrap();
    let fields = line.as_object().unwrap();
    for key in [
        "db_statements",
        "db_rows",
        "db_ms",
        "fetches",
        "fetch_ms",
        "problem",
    ] {
        assert!(!fields.contains_key(key), "{key}");
    }
}

#[whippet::test]
fn the_line_of_a_task_has_the_usage_of_its_handler() {
    let log = Log::new([]);
    log.run(async |app| {
        app.post("/enqueue").await;
        app.run_tasks().await
    });
    let line = log.parsed().pop().unwrap();
    // The statements of the task runner are not counted.
    assert_eq!(
        (&line["db_statements"], &line["fetches"]),
        (&json!(1), &json!(1))
    );
}
