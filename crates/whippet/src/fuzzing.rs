//! Access to private functions for the fuzz targets in `fuzz/`. Apps must not use this module.

use axum::http::{HeaderMap, HeaderName};

use crate::Service;
use crate::host::{native, packed};

/// Splits an SQL script into its statements.
pub fn split(sql: &str) -> Vec<&str> {
    let statements = whippet_migrations::statements(sql);
    statements.map(|statement| statement.sql).collect()
}

/// Parses request headers that `boundary.js` has packed into `text`. If `names` is given, `text` contains the values of
/// these headers. If `names` is `None`, `text` contains the names and values of all headers.
pub fn headers(names: Option<&[HeaderName]>, text: String) -> HeaderMap {
    match names {
        Some(names) => packed::named(names, text),
        None => packed::all(text),
    }
}

/// Sends raw bytes to the native HTTP server on one connection, and returns everything that the server sends.
pub fn http(service: Service, input: &[u8]) -> Vec<u8> {
    native::server::fuzzing::exchange(service, input)
}
