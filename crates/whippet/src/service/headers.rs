//! Rules that apply to the headers and the body of every response.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

/// Removes the header values that some hosts would change, and logs the names of these headers. Every host sends
/// visible ASCII, spaces and tabs unchanged. RFC 9110 section 5.5 discourages all other characters.
pub(super) fn remove_unsendable_values(headers: &mut HeaderMap) {
    let is_sendable = |value: &HeaderValue| value.to_str().is_ok();
    if headers.values().all(is_sendable) {
        return;
    }
    // If a name has several values, the map yields the name only with the first value, and `None` with the others.
    let mut name = None;
    for (next, value) in std::mem::take(headers) {
        name = next.or(name);
        let Some(name) = &name else { continue };
        if is_sendable(&value) {
            headers.append(name, value);
            continue;
        }
        tracing::error!(header = %name, "a value of a response header is not ASCII and was not sent");
        // Without `Content-Type`, a browser would guess the type from the body.
        if *name == header::CONTENT_TYPE {
            headers.append(name, HeaderValue::from_static("application/octet-stream"));
        }
    }
}

/// Returns whether responses with this status never have a body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
pub(super) fn has_no_content(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}
