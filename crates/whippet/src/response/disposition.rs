//! The header `Content-Disposition` (RFC 6266).

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that must be encoded in `filename*`: all but `attr-char` (RFC 8187 section 3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Returns the value `attachment` with a file name. If some clients cannot read a character of the name in the
/// parameter `filename`, the value also has the parameter `filename*`.
pub(super) fn attachment(name: &str) -> HeaderValue {
    let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%' | '/');
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let mut value = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        value.extend(utf8_percent_encode(name, ENCODED));
    }
    // The conversion never fails, because the value has only visible ASCII characters and spaces.
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn any_file_name_is_a_valid_header() {
        for (name, expected) in [
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            ("", "attachment; filename=\"\""),
            (
                "é.png",
                "attachment; filename=\"_.png\"; filename*=UTF-8''%C3%A9.png",
            ),
            (
                "a\"\r\nb: 1%.txt",
                "attachment; filename=\"a___b: 1_.txt\"; filename*=UTF-8''a%22%0D%0Ab%3A%201%25.txt",
            ),
            (
                "../a",
                "attachment; filename=\".._a\"; filename*=UTF-8''..%2Fa",
            ),
        ] {
            assert_eq!(attachment(name), expected);
        }
    }
}
