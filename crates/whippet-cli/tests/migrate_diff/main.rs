//! Tests `whippet migrate diff` with databases that have rows.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod announcements;
mod columns;
mod rows;
mod support;
mod tables;
