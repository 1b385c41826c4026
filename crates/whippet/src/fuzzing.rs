//! What `fuzz/` drives and is not public. Nothing here is meant for programs.

use axum::http::{HeaderMap, HeaderName};

use crate::host::packed;

/// The statements of a script.
pub fn split(sql: &str) -> Vec<&str> {
    crate::migrate::split(sql).collect()
}

/// Headers as `entry.js` packs them: all of them, or the values of these names.
pub fn headers(names: Option<&[HeaderName]>, text: String) -> HeaderMap {
    match names {
        Some(names) => packed::named(names, text),
        None => packed::all(text),
    }
}
