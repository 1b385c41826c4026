//! Reads the request headers that the route needs.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use spin_sdk::wasip3::http::types::Request;

use crate::routing::HeaderSet;

/// Headers that Spin appends to a request. A client may send a header with the same name, so only the last value is
/// from Spin.
const SPIN_HEADERS: [&str; 2] = ["spin-client-addr", "spin-full-url"];

/// Reads the request headers that the route needs: each header by its name, or all headers in one call if the route may
/// read any header.
pub(super) fn read(request: &Request, wanted: &HeaderSet) -> HeaderMap {
    let fields = request.get_headers();
    let mut headers = match wanted.names() {
        Some(names) => HeaderMap::with_capacity(names.len()),
        None => HeaderMap::with_capacity(16),
    };
    match wanted.names() {
        Some(names) => {
            for name in names {
                let values = fields.get(name.as_str());
                values
                    .into_iter()
                    .for_each(|value| add(&mut headers, name.clone(), value));
            }
        }
        None => {
            for (name, value) in fields.copy_all() {
                if let Ok(name) = HeaderName::try_from(name) {
                    add(&mut headers, name, value);
                }
            }
        }
    }
    // `wasi:http` removes `Host` from the headers and returns it as the authority.
    if wanted
        .names()
        .is_none_or(|names| names.contains(&header::HOST))
        && let Some(authority) = request.get_authority()
        && let Ok(authority) = HeaderValue::try_from(authority)
    {
        headers.insert(header::HOST, authority);
    }
    headers
}

/// Adds the header `Content-Length`, which the log line needs, if `headers` does not contain it yet.
pub(super) fn add_length(request: &Request, headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONTENT_LENGTH) {
        let lengths = request.get_headers().get(header::CONTENT_LENGTH.as_str());
        let mut lengths = lengths.into_iter();
        if let Some(length) = lengths.next() {
            add(headers, header::CONTENT_LENGTH, length);
        }
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: Vec<u8>) {
    // The conversion never fails, because the host has validated the value.
    let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) else {
        return;
    };
    if !name.as_str().starts_with("spin-") {
        headers.append(name, value);
    } else if SPIN_HEADERS.contains(&name.as_str()) {
        headers.insert(name, value);
    }
    // Spin's other headers are skipped. They state which route of the Spin manifest matched, and the app does not need
    // this information.
}
