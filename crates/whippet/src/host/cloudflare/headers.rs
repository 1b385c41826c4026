//! Reads the request headers that the route needs.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderName};
use wasm_bindgen::JsValue;

use super::boundary;
use crate::host::packed;
use crate::routing::HeaderSet;

/// Reads the headers with one call to JavaScript. The values of all headers share one buffer. The values are not
/// validated here, because workerd has already validated them.
pub(super) fn read(request: &JsValue, wanted: &HeaderSet) -> HeaderMap {
    match wanted.names() {
        Some(names) => packed::named(
            names,
            boundary::headers_of(request, registered(wanted, names)),
        ),
        None => packed::all(boundary::all_headers(request)),
    }
}

/// Passes a set of header names to JavaScript, unless this instance has already done so. Returns the index of the set.
fn registered(wanted: &HeaderSet, names: &[HeaderName]) -> usize {
    thread_local! {
        static REGISTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }
    let index = wanted.index();
    REGISTERED.with_borrow_mut(|registered| {
        if !registered.contains(&index) {
            let names: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
            boundary::set_names(index, &names.join("\n"));
            registered.push(index);
        }
    });
    index
}
