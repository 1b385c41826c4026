//! Responses on their way out: as one buffer where the body's length is known, else as a stream.

use std::cell::RefCell;

use axum::body::HttpBody;
use axum::http::header::{ETAG, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use wasm_bindgen::JsValue;
use worker::send::SendWrapper;

use super::boundary;
use super::websocket::Opened;
use crate::extract::whole;
use crate::{Problem, id};

/// How many blocks of headers are kept parsed on the other side.
const BLOCKS: usize = 64;

/// The longest block that is kept, in bytes.
const LONGEST_BLOCK: usize = 512;

/// Whose values differ from answer to answer: blocks with these would soon fill all the room and never be used again.
const VARYING: [HeaderName; 6] = [
    id::HEADER,
    ETAG,
    LOCATION,
    SET_COOKIE,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("retry-after"),
];

/// The response as one of JS, with the request's id in its headers.
pub(super) async fn respond(response: Response, request_id: Option<&str>) -> JsValue {
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
        return boundary::respond_with_stream(status, &head, stream.as_ref());
    }
    let (status, headers, bytes) = match whole(body, usize::MAX).await {
        Ok(bytes) => (status, headers, bytes),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the response's body broke off"
            );
            let (parts, body) = Problem::internal(error).into_response().into_parts();
            let bytes = whole(body, usize::MAX).await.unwrap_or_default();
            (parts.status.as_u16(), parts.headers, bytes)
        }
    };
    let Some((id, block)) = request_id.zip(block(&headers)) else {
        let body = (!bytes.is_empty()).then_some(&bytes[..]);
        return boundary::respond_with_bytes(status, &lines(&headers, request_id), body);
    };
    boundary::respond(status, block, id.as_bytes(), &bytes)
}

/// What JS takes as a response: it throws at a status from outside 200 to 599.
fn sendable(response: Response) -> Response {
    let status = response.status();
    if (200..600).contains(&status.as_u16()) {
        return response;
    }
    tracing::error!(%status, "a Worker cannot answer with this status");
    Problem::internal(format!("the status {status} cannot be sent")).into_response()
}

/// The number of the block of these headers; none when there is no room for it, a name is repeated, or a value will hardly
/// come again.
///
/// An API answers with few different blocks, so each is parsed in JS once.
fn block(headers: &HeaderMap) -> Option<u32> {
    thread_local! {
        static KNOWN: RefCell<Vec<HeaderMap>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        let found = known.iter().position(|block| is_same(block, headers));
        let index = u32::try_from(found.unwrap_or(known.len())).ok()?;
        if found.is_none() {
            let varies = VARYING.iter().any(|name| headers.contains_key(name));
            if varies || known.len() == BLOCKS || headers.keys_len() != headers.len() {
                return None;
            }
            let lines = lines(headers, None);
            if lines.len() > LONGEST_BLOCK {
                return None;
            }
            boundary::set_block(index, &lines);
            known.push(headers.clone());
        }
        Some(index)
    })
}

/// Whether two blocks have the same headers in the same order.
fn is_same(block: &HeaderMap, headers: &HeaderMap) -> bool {
    block.len() == headers.len() && block.iter().eq(headers)
}

/// Names and values, a line each, with the request's id. A value that is not visible ASCII is left out: JS would read it as
/// another.
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
