//! Parses the headers of a request, which JavaScript passes as one string.
//!
//! The module is outside the Workers adapter, so that native tests and `fuzz/` can call it.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The largest initial capacity of a header map. Few requests have more headers.
const MAX_CAPACITY: usize = 64;

/// Parses the values of the headers `names`. `values` has one line for each header, in the order of `names`. For a
/// header that the request does not have, the line contains only a carriage return. The values of all headers share one
/// buffer.
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

/// Parses all headers of a request. `lines` has two lines for each header: the name, and then the value. Headers that
/// are not valid are skipped.
pub(crate) fn all(lines: String) -> HeaderMap {
    let lines = Bytes::from(lines);
    let mut rest = lines.split(|byte| *byte == b'\n');
    // The map has enough capacity from the start, because growing the map would move the headers.
    let mut headers = HeaderMap::with_capacity((rest.clone().count() / 2).min(MAX_CAPACITY));
    while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
        if let Ok(name) = HeaderName::from_bytes(name)
            && let Ok(value) = HeaderValue::from_maybe_shared(lines.slice_ref(value))
            && headers.try_append(name, value).is_err()
        {
            // The header map is full: it can contain at most 32,768 headers.
            break;
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn parsing_more_headers_than_a_map_can_hold_does_not_panic() {
        let lines: String = (0..40_000).map(|at| format!("x-{at}\n{at}\n")).collect();
        assert!(all(lines).len() > 1000);
    }
}
