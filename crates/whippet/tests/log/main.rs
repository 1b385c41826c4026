//! Tests of the log. Each test has its own log.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and tests that measure print their results"
)]

// In this suite, `#[test]` means `#[whippet::test]`, so that the tests also run in a browser.
#[allow(unused_imports, reason = "a test may use `#[whippet::test]` directly")]
#[macro_use(test)]
extern crate whippet;

#[cfg(not(target_arch = "wasm32"))]
mod allocations;
mod api;
mod bind;
mod capture;
mod lines;
mod secrets;
mod settings;
mod traces;
mod usage;
