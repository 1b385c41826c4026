//! Reading a request's body, up to the limit.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;

use crate::problem::types;
use crate::{Context, Problem};

/// The whole body: 413 when it is over the limit, 400 when the client breaks off.
pub(in crate::extract) async fn read(
    request: Request,
    context: &Context,
) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    read_up_to(&parts.headers, body, context.body_limit()).await
}

/// The body, unless there is none, and the headers that describe it.
pub(in crate::extract) async fn read_optional(
    request: Request,
    context: &Context,
) -> Result<Option<(HeaderMap, Bytes)>, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = read_up_to(&parts.headers, body, context.body_limit()).await?;
    Ok((!bytes.is_empty()).then_some((parts.headers, bytes)))
}

pub(crate) async fn read_up_to(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Bytes, Problem> {
    check_declared(headers, limit)?;
    let bytes = whole(body, limit).await;
    bytes.map_err(|error| broken(&error, limit))
}

/// A body of at most `limit` bytes. One that is at hand is one chunk, which nothing copies.
pub(crate) async fn whole(body: Body, limit: usize) -> Result<Bytes, axum::Error> {
    let mut chunks = body.into_data_stream();
    let first = chunks.next().await.transpose()?.unwrap_or_default();
    if chunks.is_end_stream() && first.len() <= limit {
        return Ok(first);
    }
    let mut bytes = Vec::from(first);
    while bytes.len() <= limit {
        match chunks.next().await.transpose()? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => return Ok(bytes.into()),
        }
    }
    Err(axum::Error::new(OverLimit))
}

/// 413 when the request says that its body is longer.
pub(in crate::extract) fn check_declared(headers: &HeaderMap, limit: usize) -> Result<(), Problem> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// Why a body cannot be read to its end.
pub(in crate::extract) fn broken(error: &axum::Error, limit: usize) -> Problem {
    if is_over_the_limit(error) {
        return too_large(limit);
    }
    Problem::bad_request(format!("the body broke off: {error}"))
}

/// A body is longer than its limit: from here, or from a host that reads it itself.
#[derive(Debug)]
pub(crate) struct OverLimit;

impl std::fmt::Display for OverLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("length limit exceeded")
    }
}

impl std::error::Error for OverLimit {}

fn is_over_the_limit(error: &axum::Error) -> bool {
    // http-body-util's `LengthLimitError`, from layers, has this text, and no other way to know it without that crate.
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string() == OverLimit.to_string() {
            return true;
        }
        source = error.source();
    }
    false
}

pub(in crate::extract) fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is over the limit of {limit} bytes");
    types::PAYLOAD_TOO_LARGE.with_detail(detail)
}

/// The media type of the body, without its parameters; empty when the request does not say.
pub(in crate::extract) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.unwrap_or_default().trim()
}

/// Whether the content type is JSON: `application/json` or a type with the suffix `+json` (RFC 6839 section 3.1).
pub(in crate::extract) fn is_json(headers: &HeaderMap) -> bool {
    let essence = media_type(headers);
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .get(essence.len().saturating_sub(5)..)
            .is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}
