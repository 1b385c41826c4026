//! Rejects integers of JSON bodies that not every host represents exactly.

use super::errors::{NOT_EXACT, find_large_integers, hide};
use super::json::{Reader, describe, offset_of};
use crate::FieldError;

/// The maximum number of large integers of a body that are checked.
const MAX_LARGE_INTEGERS: usize = 16;

/// Returns an error for each field that reads an integer which not every host represents exactly. Fields of other types,
/// such as `serde_json::Number`, may have larger integers.
///
/// The text is read again with strings in place of the integers, because the error of a field of another type names the
/// type of the field. So no further code is generated for `T`, and only a text with a large integer is read again.
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
