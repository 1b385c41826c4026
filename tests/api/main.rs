//! Relay in process: real SQLite, a virtual clock, receivers that the tests answer for.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

// `#[test]` is `#[whippet::test]` here: every test runs in a browser too.
#[allow(unused_imports, reason = "a test may say `#[whippet::test]` itself")]
#[macro_use(test)]
extern crate whippet;

mod answers;
mod application;
mod attempt;
mod bad_input;
mod deliver;
#[cfg(not(target_arch = "wasm32"))]
mod document;
mod endpoint;
mod fan_out;
mod idempotency;
mod message;
mod properties;
mod retry;
mod start;
mod statements;
mod support;
