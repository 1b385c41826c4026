//! The headers of a request, as the route reads them.

use std::cell::RefCell;

use axum::http::{HeaderMap, HeaderName};
use wasm_bindgen::JsValue;

use super::boundary;
use crate::host::packed;
use crate::routing::HeaderSet;

/// Reads them in one call. The values share one buffer; workerd has checked them already.
pub(super) fn read(request: &JsValue, wanted: &HeaderSet) -> HeaderMap {
    match wanted.names() {
        Some(names) => packed::named(names, boundary::headers_of(request, known(wanted, names))),
        None => packed::all(boundary::all_headers(request)),
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
