//! The headers of a request, as the route reads them.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use spin_sdk::wasip3::http::types::Request;

use crate::routing::HeaderSet;

/// Spin's own value is the last of these: a client may have sent one too.
const OF_SPIN: [&str; 2] = ["spin-client-addr", "spin-full-url"];

/// Asks for each by its name, or for all at once.
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
    // `wasi:http` takes this header apart from the others.
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

/// Adds `Content-Length`, which the log tells, where it has not been read.
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
    // The host has checked it already.
    let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) else {
        return;
    };
    if !name.as_str().starts_with("spin-") {
        headers.append(name, value);
    } else if OF_SPIN.contains(&name.as_str()) {
        headers.insert(name, value);
    }
    // The others say which of the manifest's routes matched: an app that routes by itself has one.
}
