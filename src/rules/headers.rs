//! The rule for the headers that Relay sends with each delivery to an endpoint.

use std::collections::BTreeMap;
use std::str::FromStr;

use validator::ValidationError;
use whippet::axum::http::{HeaderName, HeaderValue};

use super::error;

/// The maximum number of bytes in a header value. Many servers reject a request with more than 8 KiB of headers.
const MAX_VALUE: usize = 4096;

/// Headers that Relay sets, headers of the connection (RFC 9110 section 7.6.1), and headers that change how a receiver
/// reads the body.
const RESERVED: [&str; 19] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Checks the names and values of the headers. Rejects reserved names.
pub(super) fn headers(headers: &BTreeMap<String, String>) -> Result<(), ValidationError> {
    for (name, value) in headers {
        let parsed = HeaderName::from_str(name)
            .map_err(|_| error("header", format!("{name:?} is not a valid header name")))?;
        if RESERVED.contains(&parsed.as_str()) || parsed.as_str().starts_with("webhook-") {
            return Err(error("header", format!("{name:?} is reserved for Relay")));
        }
        if value.len() > MAX_VALUE {
            let message = format!("the value of {name:?} must have at most {MAX_VALUE} bytes");
            return Err(error("length", message));
        }
        HeaderValue::from_str(value).map_err(|_| {
            error(
                "header",
                format!("the value of {name:?} is not a valid header value"),
            )
        })?;
    }
    Ok(())
}
