//! What crosses the boundary to JavaScript as one string: the headers of a request.
//!
//! It is apart from the adapter for Workers, so that it is tested natively, by properties and by `fuzz/`.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// More headers than a usual request has.
const USUAL: usize = 64;

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
    // Room for all of them at once, where they are as many as usual: growing would move them.
    let mut headers = HeaderMap::with_capacity((rest.clone().count() / 2).min(USUAL));
    while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
        if let Ok(name) = HeaderName::from_bytes(name)
            && let Ok(value) = HeaderValue::from_maybe_shared(lines.slice_ref(value))
            && headers.try_append(name, value).is_err()
        {
            // More than a map holds.
            break;
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn more_headers_than_a_map_holds_are_no_panic() {
        let lines: String = (0..40_000).map(|at| format!("x-{at}\n{at}\n")).collect();
        assert!(all(lines).len() > 1000);
    }
}
