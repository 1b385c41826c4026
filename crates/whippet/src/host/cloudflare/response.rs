//! Converts responses to JavaScript. A body with a known length becomes one buffer, and any other body becomes a
//! stream.

use std::cell::RefCell;

use axum::body::HttpBody;
use axum::http::header::{CONTENT_ENCODING, ETAG, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use wasm_bindgen::JsValue;
use worker::send::SendWrapper;

use super::boundary;
use super::websocket::Opened;
use crate::extract::to_bytes;
use crate::{Problem, id};

/// The maximum number of header blocks that JavaScript caches. A header block is the set of all headers of a response.
const BLOCKS: usize = 64;

/// The maximum length of a cached header block, in bytes.
const LONGEST_BLOCK: usize = 512;

/// Headers whose values differ from response to response. A header block with one of these headers is not cached,
/// because other responses rarely have the same values.
const VARYING: [HeaderName; 6] = [
    id::HEADER,
    ETAG,
    LOCATION,
    SET_COOKIE,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("retry-after"),
];

/// Converts a response into a JavaScript `Response`, and adds the request id as a header. `request` is the JavaScript
/// `Request` that the response belongs to.
pub(super) async fn respond(
    response: Response,
    request: &JsValue,
    request_id: Option<&str>,
) -> JsValue {
    if let Some(Opened(SendWrapper(socket))) = response.extensions().get() {
        return boundary::respond_with_socket(socket, &lines(response.headers(), request_id));
    }
    let (parts, body) = sendable(response).into_parts();
    let (status, headers) = (parts.status.as_u16(), parts.headers);
    if body.size_hint().exact().is_none() {
        let chunks = body.into_data_stream().map(|chunk| match chunk {
            Ok(bytes) => Ok(js_sys::Uint8Array::from(&bytes[..]).into()),
            Err(error) => Err(JsValue::from_str(&error.to_string())),
        });
        let stream = wasm_streams::ReadableStream::from_stream(chunks).into_raw();
        let head = lines(&headers, request_id);
        return boundary::respond_with_stream(status, &head, stream.as_ref(), request);
    }
    let (status, headers, bytes) = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => (status, headers, bytes),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the response body failed"
            );
            let (parts, body) = Problem::internal(error).into_response().into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            (parts.status.as_u16(), parts.headers, bytes)
        }
    };
    let Some((id, block)) = request_id.zip(block(&headers)) else {
        let body = (!bytes.is_empty()).then_some(&bytes[..]);
        return boundary::respond_with_bytes(status, &lines(&headers, request_id), body);
    };
    boundary::respond(status, block, id.as_bytes(), &bytes)
}

/// Returns the response if its status is from 200 to 599. Otherwise returns a 500, because `new Response` throws an
/// exception for any other status.
fn sendable(response: Response) -> Response {
    let status = response.status();
    if (200..600).contains(&status.as_u16()) {
        return response;
    }
    tracing::error!(%status, "a Worker cannot send this status");
    Problem::internal(format!("the status {status} cannot be sent")).into_response()
}

/// Returns the index of the cached header block that has these headers. If there is no such block, adds one to the
/// cache. Returns `None` if the headers cannot be cached: the cache is full, a name is repeated, the block is too long,
/// a value is unlikely to recur, or the body is encoded.
///
/// An API sends the same few header blocks again and again, so JavaScript parses most of them only once.
fn block(headers: &HeaderMap) -> Option<u32> {
    thread_local! {
        static CACHED: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
    }
    CACHED.with_borrow_mut(|cached| {
        let position = cached.iter().position(|block| is_same(block, headers));
        let index = u32::try_from(position.unwrap_or(cached.len())).ok()?;
        if position.is_none() {
            let varies = VARYING.iter().any(|name| headers.contains_key(name));
            // An encoded body needs `respondWith`, which prevents workerd from encoding the body again.
            let is_encoded = headers.contains_key(CONTENT_ENCODING);
            if varies || is_encoded || cached.len() == BLOCKS || headers.keys_len() != headers.len()
            {
                return None;
            }
            let lines = lines(headers, None);
            if lines.len() > LONGEST_BLOCK {
                return None;
            }
            boundary::set_block(index, &lines);
            cached.push(headers.clone());
        }
        Some(index)
    })
}

/// Returns whether a cached header block contains the same headers in the same order.
fn is_same(block: &HeaderMap, headers: &HeaderMap) -> bool {
    block.len() == headers.len() && block.iter().eq(headers)
}

/// Packs the headers into one string: for each header, a line with its name and a line with its value. The request id is
/// the last header. Skips headers with values that are not visible ASCII, because JavaScript would change their bytes.
fn lines(headers: &HeaderMap, request_id: Option<&str>) -> String {
    let mut lines = String::with_capacity(128);
    let mut add = |name: &HeaderName, value: &str| {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(name.as_str());
        lines.push('\n');
        lines.push_str(value);
    };
    for (name, value) in headers {
        if let Ok(value) = value.to_str()
            && *name != id::HEADER
        {
            add(name, value);
        }
    }
    if let Some(request_id) = request_id {
        add(&id::HEADER, request_id);
    }
    lines
}
