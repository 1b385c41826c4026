//! Tests the GraphQL schema of Relay in process, with the feature `graphql`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod connections;
mod filters;
mod kit;
mod logs;
mod mutations;
mod objects;
mod rejections;
mod schema;
mod subscriptions;
#[path = "../api/support.rs"]
#[allow(dead_code, reason = "the suite `api` uses the other functions")]
mod support;
