//! The id of a request. The log lines and tasks of the request contain this id.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

use crate::Random;

/// Writes `bytes` to `digits` in hexadecimal. `digits` has to be twice as long as `bytes`.
pub(crate) fn write_hex(digits: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Converts ASCII bytes, for example the digits that [`write_hex`] writes, to text.
pub(crate) fn ascii(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

/// The header `X-Request-Id`, which contains the request id. A request without a valid id gets a generated id. Every
/// response contains the id.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of a request id from a caller.
const MAX_BYTES: usize = 128;

/// An extractor for the request id. In a task, the request id is the id of the request that enqueued the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Returns the caller's request id, or `None` if the headers contain no valid request id.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        headers.get(HEADER)?.to_str().ok().and_then(Self::from_text)
    }

    /// Creates an id from text, which must have 1 to 128 letters, digits, `-`, `_` or `.`.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let is_valid =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(is_valid))
            .then(|| Self(text.into()))
    }

    /// Creates an id of 128 random bits in hexadecimal.
    pub(crate) fn random(random: &Random) -> Self {
        let mut digits = [0; 32];
        write_hex(&mut digits, &random.bytes::<16>());
        Self(ascii(&digits).into())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The empty request id. This is the id of a task that was not enqueued by a request.
impl Default for RequestId {
    fn default() -> Self {
        Self("".into())
    }
}
