//! Integers beyond ±[`MAX_INTEGER`], which D1 and JavaScript round (RFC 8259 section 6).

use std::ops::Range;

use super::pointer::{end_of_string, end_of_word};
use crate::MAX_INTEGER;

/// The error for an integer field whose value is beyond ±[`MAX_INTEGER`].
pub(in crate::extract) const NOT_EXACT: &str = "must be from -9007199254740991 to 9007199254740991, because larger integers are not exact on every host";

/// The length, in bytes, of the smallest integer beyond [`MAX_INTEGER`].
const MIN_BYTES: usize = 16;

/// Returns the byte range of each large integer in a JSON text. If the integer is the key of an object, the range does
/// not include the quotes.
pub(in crate::extract) fn find_large_integers(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let (end, number) = match byte {
            b'"' => {
                let end = end_of_string(text, at);
                (end, at + 1..end.saturating_sub(1))
            }
            b'-' | b'0'..=b'9' => {
                let end = end_of_word(text, at);
                (end, at..end)
            }
            _ => (at + 1, at..at),
        };
        if number.len() >= MIN_BYTES
            && text.get(number.clone()).is_some_and(is_large)
            && (*byte != b'"' || is_key(text, end))
        {
            found.push(number);
        }
        at = end;
    }
    found
}

/// Returns whether the string that ends just before `end` is the key of an object.
fn is_key(text: &[u8], end: usize) -> bool {
    let mut rest = text.iter().skip(end);
    rest.find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

fn is_large(number: &[u8]) -> bool {
    let number = std::str::from_utf8(number).ok();
    let integer = number.and_then(|number| number.parse::<i128>().ok());
    integer.is_some_and(|integer| integer.unsigned_abs() > MAX_INTEGER.unsigned_abs().into())
}

/// Replaces the integer in the byte range with a decimal fraction of the same length.
pub(in crate::extract) fn hide(text: &mut [u8], range: &Range<usize>) {
    if let Some([first, point, digits @ ..]) = text.get_mut(range.clone()) {
        (*first, *point) = (b'1', b'.');
        digits.fill(b'5');
    }
}

#[cfg(test)]
mod tests {
    use super::{find_large_integers, hide};
    use crate::MAX_INTEGER;

    #[test]
    fn large_integers_and_keys_are_found() {
        let text = br#"{"9007199254740992" :[9007199254740993, -9007199254740993,9007199254740991,"9007199254740993",
            9007199254740993.0, 90071992547409930000, 1e300], "9007199254740994x": "-9007199254740993"}"#;
        let found = find_large_integers(text);
        let found: Vec<_> = found
            .into_iter()
            .map(|range| String::from_utf8_lossy(&text[range]).into_owned())
            .collect();
        assert_eq!(
            found,
            [
                "9007199254740992",
                "9007199254740993",
                "-9007199254740993",
                "90071992547409930000"
            ]
        );
    }

    #[test]
    fn a_hidden_integer_is_a_fraction() {
        let mut text = *b"[-123]";
        hide(&mut text, &(1..5));
        assert_eq!(&text, b"[1.55]");
    }

    #[test]
    fn the_message_has_the_limit() {
        assert!(super::NOT_EXACT.contains(&format!("from -{MAX_INTEGER} to {MAX_INTEGER}")));
    }
}
