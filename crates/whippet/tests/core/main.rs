//! Tests of the public API, with real SQLite and a virtual clock. Only the tests in `fetch` open sockets. Only the
//! tests in `fetch`, `native_database` and `native_host` need real time.
//!
//! This test suite also runs in a browser. Tests that cannot run in a browser are limited to native targets and listed
//! in `tests/browser/native-only.txt`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

// In this suite, `#[test]` means `#[whippet::test]`, so that the tests also run in a browser.
#[allow(unused_imports, reason = "a test may use `#[whippet::test]` directly")]
#[macro_use(test)]
extern crate whippet;

mod after;
#[cfg(not(target_arch = "wasm32"))]
mod blob_folder;
mod blobs;
mod bodies;
mod change;
mod claims;
mod conditional;
mod config;
mod database;
mod dead_tasks;
#[cfg(not(target_arch = "wasm32"))]
mod declared;
mod dependency_functions;
#[cfg(not(target_arch = "wasm32"))]
mod docs;
#[cfg(not(target_arch = "wasm32"))]
mod document;
mod download;
mod each;
mod ends;
mod enqueue;
mod events;
mod fairness;
#[cfg(not(target_arch = "wasm32"))]
mod fetch;
mod follow;
mod forms;
mod gate;
mod groups;
mod idempotency;
mod integers;
mod interruptions;
mod json;
mod keywords;
mod killed_migrations;
mod kit;
mod layers;
mod leases;
mod limited;
#[cfg(not(target_arch = "wasm32"))]
mod limited_document;
mod limits;
mod make_due;
mod migrate;
#[cfg(not(target_arch = "wasm32"))]
mod model;
mod multipart;
mod named;
#[cfg(not(target_arch = "wasm32"))]
mod native_database;
#[cfg(not(target_arch = "wasm32"))]
mod native_host;
mod operations;
mod operators;
mod pages;
mod patch;
#[cfg(not(target_arch = "wasm32"))]
mod path_shapes;
mod pauses;
mod plans;
mod problems;
mod progress;
mod properties;
mod quotas;
mod rate_limit;
mod raw;
#[cfg(not(target_arch = "wasm32"))]
mod receiver;
mod responses;
mod results;
mod routes;
mod rows;
mod runs;
mod s3;
mod schedules;
#[cfg(not(target_arch = "wasm32"))]
mod schemas;
mod security;
mod settings;
mod state;
mod support;
mod sweep;
mod task_dependencies;
mod task_functions;
mod task_groups;
mod task_middleware;
mod tasks;
mod tower_layers;
mod unknown_tasks;
mod upload;
mod upload_streams;
mod validation;
#[cfg(not(target_arch = "wasm32"))]
mod websocket;
