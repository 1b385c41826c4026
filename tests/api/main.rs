//! Tests Relay in process, with real SQLite and a virtual clock. Each test defines the responses of its receivers.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

// In this suite, `#[test]` means `#[whippet::test]`, so that the tests also run in a browser.
#[allow(unused_imports, reason = "tests may use `#[whippet::test]` directly")]
#[macro_use(test)]
extern crate whippet;

mod application;
mod attempt;
mod bad_input;
mod deliver;
mod differences;
#[cfg(not(target_arch = "wasm32"))]
mod document;
mod endpoint;
mod fan_out;
mod health;
mod idempotency;
mod lists;
mod message;
mod old_sdks;
mod outcome;
mod properties;
mod query;
mod retry;
mod slashes;
mod start;
mod statements;
mod support;
mod throttle;
mod update;
mod update_application;
#[cfg(not(target_arch = "wasm32"))]
mod variables;
