//! Reads the body of a request, up to the size limit.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;

use crate::problem::types;
use crate::{Context, Problem};

/// Reads the body. Responds 413 to a body over the size limit, 408 to a body that arrives too slowly at the native
/// server, and 400 to a body that cannot be read for another reason.
pub(in crate::extract) async fn read(
    request: Request,
    context: &Context,
) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    read_up_to(&parts.headers, body, context.body_limit()).await
}

/// Like [`read`], but also returns the headers; returns `None` if the body is empty.
pub(in crate::extract) async fn read_optional(
    request: Request,
    context: &Context,
) -> Result<Option<(HeaderMap, Bytes)>, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = read_up_to(&parts.headers, body, context.body_limit()).await?;
    Ok((!bytes.is_empty()).then_some((parts.headers, bytes)))
}

/// Like [`read`], but with `limit` instead of the app's limit.
pub(crate) async fn read_up_to(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Bytes, Problem> {
    check_content_length(headers, limit)?;
    let bytes = to_bytes(body, limit).await;
    bytes.map_err(|error| read_error(&error, limit))
}

/// Reads a body of at most `limit` bytes. Does not copy a body that consists of one chunk, such as a buffered body.
pub(crate) async fn to_bytes(body: Body, limit: usize) -> Result<Bytes, axum::Error> {
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

/// Rejects a body whose `Content-Length` is over the limit, before the body is read.
pub(in crate::extract) fn check_content_length(
    headers: &HeaderMap,
    limit: usize,
) -> Result<(), Problem> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > limit as u64 => Err(too_large("body", limit)),
        _ => Ok(()),
    }
}

/// Creates the problem for a body that cannot be read to its end.
pub(in crate::extract) fn read_error(error: &axum::Error, limit: usize) -> Problem {
    #[cfg(not(target_arch = "wasm32"))]
    if is_too_slow(error) {
        return types::REQUEST_TIMEOUT.with_detail(TooSlow.to_string());
    }
    if is_over_the_limit(error) {
        return too_large("body", limit);
    }
    Problem::bad_request(format!("the body could not be read: {error}"))
}

/// The error for a body over the size limit. The functions of this module return `OverLimit`. Hosts that read the whole
/// body before the handler runs return `OverLimit` too.
///
/// `OverLimit` has the same message as `http_body_util::LengthLimitError`, the error of a layer that limits the body.
#[derive(Debug)]
pub(crate) struct OverLimit;

impl std::fmt::Display for OverLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("length limit exceeded")
    }
}

impl std::error::Error for OverLimit {}

/// The error for a body that did not arrive within the time limit of the native server.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub(crate) struct TooSlow;

#[cfg(not(target_arch = "wasm32"))]
impl std::fmt::Display for TooSlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body did not arrive in time: send it faster")
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl std::error::Error for TooSlow {}

#[cfg(not(target_arch = "wasm32"))]
fn is_too_slow(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.is::<TooSlow>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Returns whether the error or one of its sources is [`OverLimit`] or `http_body_util::LengthLimitError`.
fn is_over_the_limit(error: &axum::Error) -> bool {
    // Compares the messages of the errors instead of their types, because Whippet does not depend on http-body-util on
    // every target.
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string() == OverLimit.to_string() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Creates the problem for content that is over the size limit. `what` names the content: a body, or a part of a
/// multipart body.
pub(in crate::extract) fn too_large(what: &str, limit: usize) -> Problem {
    let detail = format!("the {what} is over the limit of {limit} bytes");
    types::PAYLOAD_TOO_LARGE.with_detail(detail)
}

/// Returns the media type of the body, without its parameters. Returns an empty text if the request has no content
/// type.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.unwrap_or_default().trim()
}

/// Whether the content type is `application/json` or a type with the suffix `+json` (RFC 6839 section 3.1).
pub(in crate::extract) fn is_json(headers: &HeaderMap) -> bool {
    let essence = media_type(headers);
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .get(essence.len().saturating_sub(5)..)
            .is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::FutureExt;
    use http_body_util::Limited;

    use super::{is_over_the_limit, to_bytes};

    #[test]
    fn the_length_limit_error_of_the_current_http_body_util_is_recognized() {
        let error = |limit| {
            let body = Body::new(Limited::new(Body::from("12345"), limit));
            let bytes = to_bytes(body, 1024).now_or_never();
            bytes.expect("the body is buffered").err()
        };
        assert!(error(5).is_none());
        assert!(is_over_the_limit(&error(4).expect("over the limit")));
    }

    #[test]
    fn a_read_error_of_a_body_is_not_taken_for_an_exceeded_limit() {
        let error = axum::Error::new(std::io::Error::other("reset"));
        assert!(!is_over_the_limit(&error));
    }
}
