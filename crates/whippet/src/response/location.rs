//! The value of `Location` (RFC 9110 section 10.2.2).

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::Problem;

/// The printable ASCII characters that must be percent-encoded in a URI reference (RFC 3986 section 2).
const NOT_IN_A_URI: &AsciiSet = &AsciiSet::EMPTY
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Returns the value of the header `Location`. Percent-encodes the characters that are not ASCII. Rejects control
/// characters, because a line break could inject a header.
pub(super) fn value(location: &str) -> Result<HeaderValue, Problem> {
    let encoded = utf8_percent_encode(location, NOT_IN_A_URI).to_string();
    HeaderValue::try_from(encoded).map_err(|_| {
        Problem::internal(format!(
            "{location:?} is not a valid Location: it has a control character; percent-encode user input"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn non_ascii_characters_are_encoded_and_control_characters_are_rejected() {
        for (location, expected) in [
            ("/users/1?a=b#c", "/users/1?a=b#c"),
            ("https://example.com/%2F", "https://example.com/%2F"),
            ("/users/é b", "/users/%C3%A9%20b"),
            ("/a\"<b>", "/a%22%3Cb%3E"),
        ] {
            assert_eq!(value(location).unwrap(), expected);
        }
        for injection in ["/\r\nset-cookie: a=b", "/\n", "/\0", "/\u{7f}"] {
            let problem = value(injection).unwrap_err();
            assert_eq!(problem.status(), 500, "{injection:?}");
        }
    }
}
