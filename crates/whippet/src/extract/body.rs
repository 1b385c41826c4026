//! Reading a request's body, up to the limit.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};

use crate::{Context, Problem};

/// The whole body: 413 when it is over the limit, 400 when the client breaks off.
pub(super) async fn read(request: Request, context: &Context) -> Result<Bytes, Problem> {
    let limit = context.body_limit();
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    match to_bytes(request.into_body(), limit).await {
        Ok(bytes) => Ok(bytes),
        Err(error) if is_over_the_limit(&error) => Err(too_large(limit)),
        Err(error) => Err(Problem::bad_request(format!("the body broke off: {error}"))),
    }
}

/// Hosts that read the body themselves report an excess by this error.
#[derive(Debug)]
pub(crate) struct OverLimit;

impl std::fmt::Display for OverLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("length limit exceeded")
    }
}

impl std::error::Error for OverLimit {}

fn is_over_the_limit(error: &axum::Error) -> bool {
    // http-body-util's `LengthLimitError` has this text, and no other way to know it without that crate.
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string() == OverLimit.to_string() {
            return true;
        }
        source = error.source();
    }
    false
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is over the limit of {limit} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
}

/// Whether the content type is JSON: `application/json` or a type with the suffix `+json` (RFC 6839 section 3.1).
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .get(essence.len().saturating_sub(5)..)
            .is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}
