//! Entity tags (RFC 9110 section 8.8.3).

use std::convert::Infallible;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use sha2::{Digest, Sha256};

/// An entity tag, which identifies a version of a resource. A client may reuse its copy while the resource has the same
/// tag.
///
/// To set the header `ETag`, return the tag in a tuple before the body: `(tag, Json(user))`.
///
/// A response with a strong tag also gets `Cache-Control: no-transform`. Otherwise, a proxy that compresses the
/// response would weaken the tag. A weak tag never matches in `If-Match`. If clients only read a resource, use a
/// [weak](Self::weak) tag, so that proxies can compress the responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag {
    /// The tag with its quotes; a weak tag starts with `W/`.
    text: String,
}

impl ETag {
    /// Creates a strong tag from a hash of these bytes: 128 bits of their SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(bytes))
    }

    /// Creates a strong tag from the SHA-256 of bytes, as [`of`](Self::of) does.
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

    /// Creates a strong tag with this text. Responses with equal strong tags must be equal byte for byte.
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

    /// Creates a weak tag with this text. Responses with equal weak tags must have the same meaning.
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

    /// Returns the tag as it appears in the header, with its quotes; a weak tag starts with `W/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the value of the header `ETag`. The value is never `None`, because every constructor checks the text.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.text).ok()
    }

    /// Returns whether the tag equals a tag that a client sent, by weak comparison (RFC 9110 section 8.8.3.2).
    pub(super) fn matches_weakly(&self, sent: &str) -> bool {
        opaque(&self.text) == opaque(sent)
    }

    /// Returns whether the tag equals a tag that a client sent, by strong comparison (RFC 9110 section 8.8.3.2). Weak
    /// tags never match.
    pub(super) fn matches_strongly(&self, sent: &str) -> bool {
        self.text == sent && self.text.starts_with('"')
    }
}

/// Adds `Cache-Control: no-transform` (RFC 9111 section 5.2.2.6) to a response with a strong tag.
///
/// A proxy that compresses a response must weaken the tag of the response (RFC 9110 section 8.8.3.3). For example,
/// Cloudflare replaces `"7"` with `W/"7"`. A weak tag never matches in `If-Match`, so a client with this tag could not
/// change the resource.
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
        // The first four cases are the table of RFC 9110 section 8.8.3.2.
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
