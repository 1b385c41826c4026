//! What `make fuzz` drives, with the seeds it starts from: no fuzzer is needed to keep them true.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking; the targets are public where they are fuzzed"
)]

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Runs a target on each of its seeds.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = format!("{}/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        run(&std::fs::read(entry.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds >= 3, "{folder} has {seeds} seeds");
}

#[test]
fn headers_are_read() {
    replay("headers", targets::headers);
}

#[test]
fn sql_is_split() {
    replay("sql", targets::sql);
}

#[test]
fn cursors_are_read() {
    replay("cursor", targets::cursor);
}

#[test]
fn signatures_are_read() {
    replay("signature", targets::signature);
}
