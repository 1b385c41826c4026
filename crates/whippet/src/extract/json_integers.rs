//! Rejects an integer in a JSON body if some hosts cannot represent the integer exactly.

use super::errors::{NOT_EXACT, find_large_integers, hide};
use super::json::{Reader, describe, offset_of};
use crate::FieldError;

/// At most this many large integers of one body are checked.
const MAX_LARGE_INTEGERS: usize = 16;

/// Returns an error for each integer field with a value that some hosts cannot represent exactly. Fields of other
/// types, such as `serde_json::Number`, may have larger integers.
///
/// The text is read again with a string in place of each large integer. serde rejects the string, and its error
/// contains the type of the field. So the error shows whether the field is an integer field. This check generates no
/// further code for `T`. Only a text with a large integer is read again.
pub(super) fn large_integers(bytes: &[u8], reader: Reader<'_>) -> Vec<FieldError> {
    let mut large = find_large_integers(bytes);
    let mut errors = Vec::new();
    for _ in 0..MAX_LARGE_INTEGERS {
        if large.is_empty() {
            break;
        }
        let mut text = bytes.to_vec();
        for range in &large {
            hide(&mut text, range);
        }
        let Err(error) = reader(&text) else { break };
        let offset = offset_of(&text, &error);
        let Some(at) = large.iter().position(|range| range.end == offset) else {
            break;
        };
        large.swap_remove(at);
        let FieldError {
            pointer, message, ..
        } = describe(&text, &error);
        let mut expected = ["i64", "u64", "isize", "usize"].into_iter();
        if expected.any(|integer| message.ends_with(integer)) {
            errors.push(FieldError::new(pointer, "range", NOT_EXACT));
        }
    }
    errors
}
