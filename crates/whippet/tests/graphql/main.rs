//! GraphQL, with the feature `graphql`. This test suite also runs in a browser.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod abuse;
mod connections;
mod dependencies;
mod document;
mod errors;
mod graphiql;
mod http;
mod kit;
mod limits;
mod loads;
mod logs;
mod persisted;
#[cfg(not(target_arch = "wasm32"))]
mod sockets;
mod subscriptions;
mod times;
mod uploads;
