//! Helpers for the scenarios.

pub(crate) mod app;
pub(crate) mod bucket;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod delivery;
pub(crate) mod group;
pub(crate) mod host;
pub(crate) mod launch;
pub(crate) mod log;
pub(crate) mod options;
pub(crate) mod probe;
pub(crate) mod problem;
pub(crate) mod raw;
pub(crate) mod receiver;
pub(crate) mod reply;
pub(crate) mod secrets;
pub(crate) mod server;
pub(crate) mod wait;
pub(crate) mod wire;
