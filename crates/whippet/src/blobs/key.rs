//! Checks the keys of objects. The rules are the same on every host, so that an app can use the same keys on every
//! host.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::BlobError;

/// The maximum length of a key, in bytes. R2 and S3 have the same limit.
const MAX_KEY: usize = 1024;

/// The maximum length of a percent-encoded segment, in bytes. The native host adds a suffix to the segment, and uses
/// the result as a file name. Many file systems limit a file name to 255 bytes.
const MAX_SEGMENT: usize = 240;

/// The characters that are percent-encoded when a segment becomes a file name.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// Checks the key of an object.
pub(super) fn check(key: &str) -> Result<(), BlobError> {
    let is_segment = |segment: &str| {
        let encoded = utf8_percent_encode(segment, ENCODED);
        let length: usize = encoded.map(str::len).sum();
        !matches!(segment, "" | "." | "..") && length <= MAX_SEGMENT
    };
    match key.split('/').all(is_segment) {
        true => check_part(key),
        false => Err(BlobError::Key(key.to_owned())),
    }
}

/// Checks a text that may be only the start of a key, such as the `prefix` of [`Blobs::list`](super::Blobs::list).
pub(super) fn check_part(key: &str) -> Result<(), BlobError> {
    match key.len() <= MAX_KEY && !key.contains(char::is_control) {
        true => Ok(()),
        false => Err(BlobError::Key(key.to_owned())),
    }
}

/// Converts a segment of a key to a file name. The file name contains only ASCII letters, digits, `-`, `.`, `_` and
/// `%`.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn encode_segment(segment: &str) -> String {
    utf8_percent_encode(segment, ENCODED).to_string()
}

/// Converts a file name to the segment of the key. Returns `None` if there is no segment that [`encode_segment`]
/// encodes as this file name.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn decode_segment(name: &str) -> Option<String> {
    let segment = percent_encoding::percent_decode_str(name).decode_utf8();
    let segment = segment.ok()?.into_owned();
    let is_segment = !segment.contains('/') && encode_segment(&segment) == name;
    is_segment.then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::{check, check_part, decode_segment, encode_segment};

    #[test]
    fn a_key_is_a_path_that_stays_below_its_start() {
        let long = "k/".repeat(512) + "k";
        for (key, is_valid) in [
            ("a", true),
            ("reports/2026/1.csv", true),
            ("...", true),
            (".hidden/a b", true),
            ("é/ü@~%2F\\", true),
            (&"s".repeat(240), true),
            (&long[..1023], true),
            ("", false),
            ("/", false),
            ("/a", false),
            ("a/", false),
            ("a//b", false),
            (".", false),
            ("..", false),
            ("../a", false),
            ("a/../b", false),
            ("a/.", false),
            ("a\0", false),
            ("a\nb", false),
            ("a\u{85}b", false),
            (&"s".repeat(241), false),
            (&"é".repeat(41), false),
            (&long, false),
        ] {
            assert_eq!(check(key).is_ok(), is_valid, "{key:?}");
        }
        assert!(check_part("").is_ok() && check_part("a/").is_ok());
        assert!(check_part("\n").is_err() && check_part(&long).is_err());
    }

    #[test]
    fn a_file_name_is_decoded_to_its_segment() {
        for (segment, name) in [
            ("1.csv", "1.csv"),
            ("a b", "a%20b"),
            ("a@b%", "a%40b%25"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(encode_segment(segment), name);
            assert_eq!(decode_segment(name).as_deref(), Some(segment));
        }
        for name in ["a b", "%61", "%ff", "a%2Fb", "@temp", "%c3%a9"] {
            assert_eq!(decode_segment(name), None, "{name}");
        }
    }
}
