//! Log lines, each test with a log of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocations;
mod api;
mod bind;
mod capture;
mod lines;
mod secrets;
mod settings;
mod traces;
mod usage;
