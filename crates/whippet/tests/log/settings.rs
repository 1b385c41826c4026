//! The variables that configure the log.

use serde_json::Value;

use crate::capture::{Log, keys};

fn messages(log: &Log) -> Vec<String> {
    let lines = log.parsed().into_iter();
    lines
        .map(|line| line["message"].as_str().unwrap().to_owned())
        .collect()
}

#[whippet::test]
fn log_levels_apply_to_all_targets_or_to_named_targets() {
    for (levels, written) in [
        (
            "info",
            &["in stock", "in the shop", "in trouble", "request"][..],
        ),
        ("off", &[]),
        ("error", &[]),
        ("warn", &["in trouble"]),
        ("off,whippet::request=info", &["request"]),
        (
            "warn,shop::stock=debug",
            &["in detail", "in stock", "in trouble"],
        ),
        ("debug,shop=error,whippet=off", &[]),
        (
            "info,shop=warn,shop::stock=info",
            &["in stock", "in trouble", "request"],
        ),
    ] {
        let log = Log::new([("LOG_LEVEL", levels)]);
        log.run(async |app| app.get("/levels").await);
        assert_eq!(messages(&log), written, "{levels}");
    }
}

/// Every log line has the fields of its request. This is also true if the log level disables the line `request`.
#[whippet::test]
fn lines_have_their_request_fields_at_every_level() {
    let log = Log::new([("LOG_LEVEL", "off,shop=warn")]);
    log.run(async |app| app.get("/levels").header("x-request-id", "r").await);
    let [line] = log.parsed().try_into().unwrap();
    assert_eq!(
        (&line["request_id"], &line["route"]),
        (&"r".into(), &"/levels".into())
    );
}

const HIGH: &str = "00-4bf92f3577b34da6a3ffffffffffffff-00f067aa0ba902b7-01";
const LOW: &str = "00-4bf92f3577b34da6a300000000000001-00f067aa0ba902b7-01";

#[whippet::test]
fn a_successful_request_outside_the_sample_logs_only_its_warnings() {
    let log = Log::new([("LOG_SAMPLE", "0.5"), ("TRACE_TRUST_CALLERS", "true")]);
    for (parent, path, written) in [
        (
            LOW,
            "/status/200",
            &["on the way", "in trouble", "request"][..],
        ),
        (HIGH, "/status/204", &["in trouble"]),
        // If a request fails, its line `request` is always written.
        (HIGH, "/status/404", &["in trouble", "request"]),
        (HIGH, "/status/503", &["in trouble", "request"]),
        (HIGH, "/chain", &["request failed"]),
    ] {
        log.run(async |app| app.get(path).header("traceparent", parent).await);
        assert_eq!(messages(&log), written, "{path}");
    }
    log.run(async |app| {
        app.post("/enqueue").header("traceparent", HIGH).await;
        app.run_tasks().await
    });
    assert_eq!(messages(&log), ["task dead"]);
}

#[whippet::test]
fn a_caller_cannot_choose_whether_its_requests_are_logged() {
    let log = Log::new([("LOG_SAMPLE", "0.5")]);
    for parent in [LOW, HIGH] {
        let logged = log.run(async |app| {
            let mut logged = 0;
            for _ in 0..100 {
                app.post("/enqueue").header("traceparent", parent).await;
                app.run_tasks().await;
                let messages = messages(&log).join(", ");
                // A task is logged if its request is logged. The failure of the task is always logged.
                match &*messages {
                    "request, in the task, task dead" => logged += 1,
                    other => assert_eq!(other, "task dead"),
                }
            }
            logged
        });
        // The expected number of traces is 50. The range allows a difference of six standard deviations.
        assert!((20..=80).contains(&logged), "{logged} of 100 with {parent}");
    }
}

#[whippet::test]
fn the_share_of_logged_requests_is_the_configured_sample_rate() {
    let log = Log::new([("LOG_SAMPLE", "0.25"), ("LOG_LEVEL", "whippet=info,off")]);
    log.run(async |app| {
        for _ in 0..400 {
            app.get("/status/200").await;
        }
    });
    // The expected number of requests is 100. The range allows a difference of nine standard deviations.
    let count = messages(&log).len();
    assert!((22..=178).contains(&count), "{count}");
}

#[whippet::test]
fn a_line_is_at_most_as_long_as_configured() {
    for (bytes, most) in [("1024", 1023), ("4096", 4095), ("20000", 19_999)] {
        let log = Log::new([("LOG_LINE_BYTES", bytes)]);
        for long in [900, 2000, 30_000, 3_000_000] {
            log.run(async |app| app.get(&format!("/long/{long}")).await);
            let [line, _] = log.take().try_into().unwrap();
            assert!(line.len() <= most, "{} of {most}", line.len());
            keys(&line);
            let line: Value = serde_json::from_str(&line).unwrap();
            let text = line["long"].as_str().unwrap();
            assert_eq!(line["short"], "short");
            let is_cut = text.ends_with('…');
            assert_eq!(text.len() < long, is_cut);
            assert_eq!(line["truncated"] == true, is_cut, "{line}");
        }
    }
}
