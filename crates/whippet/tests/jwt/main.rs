//! JSON Web Tokens, with the feature `jwt`. This test suite also runs in a browser.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod claims;
mod examples;
mod keys;
mod support;
mod tokens;
