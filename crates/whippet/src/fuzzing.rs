//! Private functions that `fuzz/` calls. Programs must not use them.

use axum::http::{HeaderMap, HeaderName};

use crate::host::packed;

/// Splits a script into its statements.
pub fn split(sql: &str) -> Vec<&str> {
    crate::db::split(sql).collect()
}

/// Parses headers as `boundary.js` packs them: the values of `names`, or all names and values.
pub fn headers(names: Option<&[HeaderName]>, text: String) -> HeaderMap {
    match names {
        Some(names) => packed::named(names, text),
        None => packed::all(text),
    }
}
