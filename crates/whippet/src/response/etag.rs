//! Entity tags (RFC 9110 section 8.8.3).

use std::convert::Infallible;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use sha2::{Digest, Sha256};

/// An entity tag, which identifies a version of a resource. A client may reuse its copy as long as the resource has the
/// same tag.
///
/// To set the header `ETag`, return the tag in a tuple before the body: `(tag, Json(user))`.
///
/// A response with a strong tag also gets `Cache-Control: no-transform`. Without this header, a proxy may compress the
/// response and weaken the tag. A weak tag never matches in `If-Match`, so the client could not change the resource. If
/// clients only read a resource, use a [weak](Self::weak) tag, so that proxies can compress the responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag {
    /// The tag with its quotes. A weak tag starts with `W/`.
    text: String,
}

impl ETag {
    /// Creates a strong tag from a hash of these bytes: the first 128 bits of the SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(bytes))
    }

    /// Like [`of`](Self::of), but takes the SHA-256 of the bytes instead of the bytes.
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        Self {
            text: format!("\"{}\"", hex.collect::<String>()),
        }
    }

    /// Creates a strong tag from a version number, such as the value of a column that every update increments.
    #[must_use]
    pub fn version(number: i64) -> Self {
        Self {
            text: format!("\"{number}\""),
        }
    }

    /// Creates a strong tag with this text. Two responses with the same strong tag must be equal byte for byte.
    ///
    /// # Errors
    ///
    /// Returns an error if the text contains a quote or a character that is not visible ASCII.
    pub fn strong(text: &str) -> Result<Self, InvalidETag> {
        let allowed = |byte: u8| byte == 0x21 || (0x23..=0x7e).contains(&byte);
        if !text.bytes().all(allowed) {
            return Err(InvalidETag(text.to_owned()));
        }
        Ok(Self {
            text: format!("\"{text}\""),
        })
    }

    /// Creates a weak tag with this text. Two responses with the same weak tag must have the same meaning.
    ///
    /// # Errors
    ///
    /// Returns an error if the text contains a quote or a character that is not visible ASCII.
    pub fn weak(text: &str) -> Result<Self, InvalidETag> {
        let strong = Self::strong(text)?;
        Ok(Self {
            text: format!("W/{}", strong.text),
        })
    }

    /// Returns the tag as the header contains it, with its quotes. A weak tag starts with `W/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the value of the header `ETag`. The result is never `None`, because every constructor checks the text.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.text).ok()
    }

    /// Compares the tag with a tag that a client sent. The weak comparison ignores whether the tags are weak (RFC 9110
    /// section 8.8.3.2).
    pub(super) fn matches_weakly(&self, sent: &str) -> bool {
        opaque(&self.text) == opaque(sent)
    }

    /// Compares the tag with a tag that a client sent. In the strong comparison, weak tags never match (RFC 9110
    /// section 8.8.3.2).
    pub(super) fn matches_strongly(&self, sent: &str) -> bool {
        self.text == sent && self.text.starts_with('"')
    }
}

/// Adds `Cache-Control: no-transform` (RFC 9111 section 5.2.2.6) to a response with a strong tag.
///
/// Without this header, a proxy may compress the response, and must then weaken the tag (RFC 9110 section 8.8.3.3). For
/// example, Cloudflare replaces `"7"` with `W/"7"`. A weak tag never matches in `If-Match`, so a client with this tag
/// could not change the resource.
pub(crate) fn keep_strong(headers: &mut HeaderMap) {
    let tag = headers.get(header::ETAG);
    if !tag.is_some_and(|tag| tag.as_bytes().starts_with(b"\"")) {
        return;
    }
    let directives = headers.get_all(header::CACHE_CONTROL).into_iter();
    let mut directives = directives.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let is_kept = |directive: &[u8]| directive.trim_ascii().eq_ignore_ascii_case(b"no-transform");
    if !directives.any(is_kept) {
        headers.append(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-transform"),
        );
    }
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl IntoResponseParts for ETag {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(value) = self.value() {
            parts.headers_mut().insert(header::ETAG, value);
        }
        Ok(parts)
    }
}

/// The error for text that is not a valid entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidETag(String);

impl std::fmt::Display for InvalidETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} is not a valid entity tag: use visible ASCII without quotes, or `ETag::of` to hash it",
            self.0
        )
    }
}

impl std::error::Error for InvalidETag {}

#[cfg(test)]
mod tests {
    use super::ETag;

    #[test]
    fn tags_compare_as_in_rfc_9110() {
        // The first four cases are the examples in the table of RFC 9110 section 8.8.3.2.
        let weak = |text| ETag::weak(text).unwrap();
        let strong = |text| ETag::strong(text).unwrap();
        for (current, sent, strongly, weakly) in [
            (weak("1"), "W/\"1\"", false, true),
            (weak("1"), "W/\"2\"", false, false),
            (weak("1"), "\"1\"", false, true),
            (strong("1"), "\"1\"", true, true),
            (strong("1"), "W/\"1\"", false, true),
        ] {
            assert_eq!(current.matches_strongly(sent), strongly, "{current} {sent}");
            assert_eq!(current.matches_weakly(sent), weakly, "{current} {sent}");
        }
    }

    #[test]
    fn a_tag_of_bytes_depends_on_every_byte() {
        assert_eq!(
            ETag::of(b"").as_str(),
            "\"e3b0c44298fc1c149afbf4c8996fb924\""
        );
        assert_ne!(ETag::of(b"a"), ETag::of(b"b"));
        assert_eq!(ETag::version(7).as_str(), "\"7\"");
    }

    #[test]
    fn text_with_a_quote_or_a_line_break_is_rejected() {
        for text in ["\"", "a b", "a\r\nb", "é", "\u{7f}"] {
            assert!(ETag::strong(text).is_err(), "{text:?}");
        }
    }
}
