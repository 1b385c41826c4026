//! Reads the request headers that the route needs.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderName};
use wasm_bindgen::JsValue;

use super::boundary;
use crate::host::packed;
use crate::routing::HeaderSet;

/// Reads the headers in one call. The values share one buffer; workerd has validated them.
pub(super) fn read(request: &JsValue, wanted: &HeaderSet) -> HeaderMap {
    match wanted.names() {
        Some(names) => packed::named(
            names,
            boundary::headers_of(request, registered(wanted, names)),
        ),
        None => packed::all(boundary::all_headers(request)),
    }
}

/// Returns the index of the set, after registering its names with JS.
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
