//! The core through its public surface: real SQLite, a virtual clock, no socket but where `fetch` tests its client.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bodies;
mod conditional;
mod config;
mod database;
mod dependencies;
mod events;
mod fetch;
mod forms;
mod gate;
mod json;
mod kit;
mod layers;
mod leases;
mod limits;
mod migrate;
mod multipart;
mod named;
mod operations;
mod pages;
mod problems;
mod raw;
mod receiver;
mod responses;
mod routes;
mod rows;
mod runs;
mod support;
mod sweep;
mod tasks;
mod validation;
