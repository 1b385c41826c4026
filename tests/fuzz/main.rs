//! Runs the fuzz targets of `make fuzz` on their seed inputs, without a fuzzer.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking; the fuzz crate exports the targets"
)]

#[path = "../../fuzz/targets.rs"]
mod targets;

/// Runs a fuzz target on each of its seed inputs.
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
fn the_headers_invariants_hold_for_every_seed() {
    replay("headers", targets::headers);
}

#[test]
fn the_sql_invariants_hold_for_every_seed() {
    replay("sql", targets::sql);
}

#[test]
fn the_cursor_invariants_hold_for_every_seed() {
    replay("cursor", targets::cursor);
}

#[test]
fn the_signature_invariants_hold_for_every_seed() {
    replay("signature", targets::signature);
}

#[test]
fn the_http_invariants_hold_for_every_seed() {
    replay("http", targets::http);
}
