//! What a request or a task used.

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

fn used(line: &Value) -> [Value; 6] {
    KEYS.map(|key| line[key].clone())
}

#[whippet::test]
fn the_line_of_a_request_says_what_it_used() {
    let log = Log::new([]);
    log.run(async |app| app.post("/uses").body("12345").await);
    let [line] = log.parsed().try_into().unwrap();
    // Three rows read, two inserted, two inserted and four updated.
    let expected = [
        json!(5),
        json!(2000),
        json!(4),
        json!(11),
        json!(2),
        Value::Null,
    ];
    assert_eq!(used(&line), expected);
    assert!(
        line["db_ms"].is_u64() && line["fetch_ms"].is_u64(),
        "{line}"
    );
}

#[whippet::test]
fn what_was_not_used_is_not_mentioned() {
    let line = parsed("/answer/200").pop().unwrap();
    let members = line.as_object().unwrap();
    for key in [
        "db_statements",
        "db_rows",
        "db_ms",
        "fetches",
        "fetch_ms",
        "problem",
    ] {
        assert!(!members.contains_key(key), "{key}");
    }
}

#[whippet::test]
fn the_line_of_a_task_says_what_its_handler_used() {
    let log = Log::new([]);
    log.run(async |app| {
        app.post("/enqueue").await;
        app.run_tasks().await
    });
    let line = log.parsed().pop().unwrap();
    // Of the bookkeeping of tasks nothing is counted.
    assert_eq!(
        (&line["db_statements"], &line["fetches"]),
        (&json!(1), &json!(1))
    );
}
