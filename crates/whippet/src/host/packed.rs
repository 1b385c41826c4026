//! What crosses the boundary to JavaScript as one string: the headers of a request.
//!
//! It is apart from the adapter for Workers, so that it is tested natively, by properties and by `fuzz/`.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The values of these headers, a line each in their order; a carriage return stands for one that is not there. They share
/// one buffer.
pub(crate) fn named(names: &[HeaderName], values: String) -> HeaderMap {
    let values = Bytes::from(values);
    let mut headers = HeaderMap::new();
    for (name, value) in names.iter().zip(values.split(|byte| *byte == b'\n')) {
        if value != b"\r"
            && let Ok(value) = HeaderValue::from_maybe_shared(values.slice_ref(value))
        {
            headers.insert(name, value);
        }
    }
    headers
}

/// Headers by name and value, a line each. What cannot be a header's name or value is left out.
pub(crate) fn all(lines: String) -> HeaderMap {
    let lines = Bytes::from(lines);
    let mut rest = lines.split(|byte| *byte == b'\n');
    // Room for all of them at once: growing would move them.
    let mut headers = HeaderMap::with_capacity(rest.clone().count() / 2);
    while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
        if let Ok(name) = HeaderName::from_bytes(name)
            && let Ok(value) = HeaderValue::from_maybe_shared(lines.slice_ref(value))
        {
            headers.append(name, value);
        }
    }
    headers
}
