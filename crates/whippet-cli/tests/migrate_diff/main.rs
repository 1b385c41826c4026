//! Tests `whippet migrate diff` with filled databases.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod announcements;
mod columns;
mod rows;
mod support;
mod tables;
