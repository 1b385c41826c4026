//! Entity tags (RFC 9110 section 8.8.3).

use std::convert::Infallible;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use sha2::{Digest, Sha256};

/// The version of a representation: two answers with the same tag are the same.
///
/// In a tuple before the body it becomes the header `ETag`: `(tag, Json(user))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag {
    /// With its quotes, and `W/` before a weak one.
    text: String,
}

impl ETag {
    /// A strong tag of these bytes: 128 bits of their SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hex = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        Self {
            text: format!("\"{}\"", hex.collect::<String>()),
        }
    }

    /// A strong tag that is the number of a version, such as a column that every update counts up.
    #[must_use]
    pub fn version(number: i64) -> Self {
        Self {
            text: format!("\"{number}\""),
        }
    }

    /// A strong tag with this text: what it stands for is the same byte for byte.
    ///
    /// # Errors
    ///
    /// When the text holds anything but visible ASCII without quotes.
    pub fn strong(text: &str) -> Result<Self, InvalidETag> {
        let allowed = |byte: u8| byte == 0x21 || (0x23..=0x7e).contains(&byte);
        if !text.bytes().all(allowed) {
            return Err(InvalidETag(text.to_owned()));
        }
        Ok(Self {
            text: format!("\"{text}\""),
        })
    }

    /// A weak tag with this text: what it stands for means the same.
    ///
    /// # Errors
    ///
    /// As [`ETag::strong`].
    pub fn weak(text: &str) -> Result<Self, InvalidETag> {
        let strong = Self::strong(text)?;
        Ok(Self {
            text: format!("W/{}", strong.text),
        })
    }

    /// The tag as the header has it: with its quotes, and `W/` before a weak one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The header's value; any that got this far has one.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.text).ok()
    }

    /// Weak comparison (RFC 9110 section 8.8.3.2), with a tag as a client sent it.
    pub(super) fn matches_weakly(&self, sent: &str) -> bool {
        opaque(&self.text) == opaque(sent)
    }

    /// Strong comparison: as weak, and neither tag is weak.
    pub(super) fn matches_strongly(&self, sent: &str) -> bool {
        self.text == sent && self.text.starts_with('"')
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

/// A text that cannot be an entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidETag(String);

impl std::fmt::Display for InvalidETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} cannot be an entity tag: use visible ASCII without quotes, or `ETag::of` its bytes",
            self.0
        )
    }
}

impl std::error::Error for InvalidETag {}

#[cfg(test)]
mod tests {
    use super::ETag;

    #[test]
    fn comparison_is_that_of_rfc_9110() {
        // The table of section 8.8.3.2.
        let weak = |text| ETag::weak(text).unwrap();
        let strong = |text| ETag::strong(text).unwrap();
        for (mine, sent, strongly, weakly) in [
            (weak("1"), "W/\"1\"", false, true),
            (weak("1"), "W/\"2\"", false, false),
            (weak("1"), "\"1\"", false, true),
            (strong("1"), "\"1\"", true, true),
            (strong("1"), "W/\"1\"", false, true),
        ] {
            assert_eq!(mine.matches_strongly(sent), strongly, "{mine} {sent}");
            assert_eq!(mine.matches_weakly(sent), weakly, "{mine} {sent}");
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
    fn a_text_with_a_quote_or_a_line_break_is_refused() {
        for text in ["\"", "a b", "a\r\nb", "é", "\u{7f}"] {
            assert!(ETag::strong(text).is_err(), "{text:?}");
        }
    }
}
