//! The headers of a request, as the route reads them.

use std::cell::RefCell;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use wasm_bindgen::JsValue;

use super::boundary;
use crate::routing::HeaderSet;

/// Reads them in one call. The values share one buffer; workerd has checked them already.
pub(super) fn read(request: &JsValue, wanted: &HeaderSet) -> HeaderMap {
    match wanted.names() {
        Some(names) => named(names, boundary::headers_of(request, known(wanted, names))),
        None => all(boundary::all_headers(request)),
    }
}

/// The index of a set whose names the other side has.
fn known(wanted: &HeaderSet, names: &[HeaderName]) -> usize {
    thread_local! {
        static SENT: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }
    let index = wanted.index();
    SENT.with_borrow_mut(|sent| {
        if !sent.contains(&index) {
            let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
            boundary::set_names(index, &names.join("\n"));
            sent.push(index);
        }
    });
    index
}

fn named(names: &[HeaderName], values: String) -> HeaderMap {
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

fn all(lines: String) -> HeaderMap {
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
