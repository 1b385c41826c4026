//! The id of a request, which its log lines and its tasks carry.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

use crate::Random;

/// The bytes in hexadecimal, for which there is room in `digits`.
pub(crate) fn write_hex(digits: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The text of digits that [`write_hex`] wrote.
pub(crate) fn ascii(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

/// `X-Request-Id`: taken from the caller if it is sane, else made, and always sent back.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id taken from a caller.
const MAX_BYTES: usize = 128;

/// The id of the request, or of the request that a task comes from: an extractor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's id when it has 1 to 128 letters, digits, `-`, `_` or `.`.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        headers.get(HEADER)?.to_str().ok().and_then(Self::from_text)
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let sane = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(sane))
            .then(|| Self(text.into()))
    }

    /// A new id: 128 random bits in hexadecimal.
    pub(crate) fn random(random: &Random) -> Self {
        let mut digits = [0; 32];
        write_hex(&mut digits, &random.bytes::<16>());
        Self(ascii(&digits).into())
    }

    /// The id's text.
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

/// Without a request there is none.
impl Default for RequestId {
    fn default() -> Self {
        Self("".into())
    }
}
