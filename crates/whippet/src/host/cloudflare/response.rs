//! Responses on their way out: as one buffer where the body's length is known, else as a stream.

use std::cell::RefCell;

use axum::body::{HttpBody, to_bytes};
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use wasm_bindgen::JsValue;
use worker::send::SendWrapper;

use super::boundary;
use super::websocket::Opened;
use crate::{Problem, id};

/// The longest body that crosses as text: JS makes it by one call with an argument a character.
const LONGEST_TEXT: usize = 4096;

/// How many blocks of headers are kept parsed on the other side.
const BLOCKS: usize = 64;

/// The longest block that is kept, in bytes.
const LONGEST_BLOCK: usize = 512;

/// Whose values differ from answer to answer: blocks with these would soon fill all the room and never be used again.
const VARYING: [HeaderName; 5] = [
    ETAG,
    LOCATION,
    SET_COOKIE,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("retry-after"),
];

pub(super) async fn respond(response: Response) -> JsValue {
    let (parts, body) = response.into_parts();
    let (status, headers) = (parts.status.as_u16(), parts.headers);
    if let Some(Opened(SendWrapper(socket))) = parts.extensions.get() {
        return boundary::respond_with_socket(socket, &lines(&headers, true));
    }
    if body.size_hint().exact().is_none() {
        let chunks = body.into_data_stream().map(|chunk| match chunk {
            Ok(bytes) => Ok(js_sys::Uint8Array::from(&bytes[..]).into()),
            Err(error) => Err(JsValue::from_str(&error.to_string())),
        });
        let stream = wasm_streams::ReadableStream::from_stream(chunks).into_raw();
        return boundary::respond_with_stream(status, &lines(&headers, true), stream.as_ref());
    }
    let (status, headers, bytes) = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => (status, headers, bytes),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the response's body broke off"
            );
            let (mut parts, body) = Problem::internal(error).into_response().into_parts();
            if let Some(id) = headers.get(id::HEADER) {
                parts.headers.insert(id::HEADER, id.clone());
            }
            let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
            (parts.status.as_u16(), parts.headers, bytes)
        }
    };
    let id = headers.get(id::HEADER).and_then(|id| id.to_str().ok());
    let Some((id, block)) = id.zip(block(&headers)) else {
        let body = (!bytes.is_empty()).then_some(&bytes[..]);
        return boundary::respond_with_bytes(status, &lines(&headers, true), body);
    };
    // To text without a content type, workerd would add one.
    let is_short = !bytes.is_empty() && bytes.len() <= LONGEST_TEXT;
    let is_text = is_short && bytes.is_ascii() && headers.contains_key(CONTENT_TYPE);
    let mut packed = Vec::with_capacity(id.len() + bytes.len());
    packed.extend_from_slice(id.as_bytes());
    packed.extend_from_slice(&bytes);
    boundary::respond(status, block, id.len(), is_text, &packed)
}

/// The number of the block that holds all headers but the request's id; none when there is no room for it, a name is
/// repeated, or a value will hardly come again.
///
/// An API answers with few different blocks, so each is parsed in JS once.
fn block(headers: &HeaderMap) -> Option<u32> {
    thread_local! {
        static KNOWN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }
    let varies = VARYING.iter().any(|name| headers.contains_key(name));
    if varies || headers.keys_len() != headers.len() {
        return None;
    }
    let lines = lines(headers, false);
    KNOWN.with_borrow_mut(|known| {
        let found = known.iter().position(|block| *block == lines);
        let is_new = found.is_none();
        if is_new && (known.len() == BLOCKS || lines.len() > LONGEST_BLOCK) {
            return None;
        }
        let index = u32::try_from(found.unwrap_or(known.len())).ok()?;
        if is_new {
            boundary::set_block(index, &lines);
            known.push(lines);
        }
        Some(index)
    })
}

/// Names and values, a line each. A value that is not visible ASCII is left out: JS would read it as another.
fn lines(headers: &HeaderMap, with_id: bool) -> String {
    let mut lines = String::with_capacity(128);
    for (name, value) in headers {
        if let Ok(value) = value.to_str()
            && (with_id || *name != id::HEADER)
        {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(name.as_str());
            lines.push('\n');
            lines.push_str(value);
        }
    }
    lines
}
