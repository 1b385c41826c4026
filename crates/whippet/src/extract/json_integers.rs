//! Rejects an integer in a JSON body if some hosts cannot represent the integer exactly.

use std::ops::Range;

use super::errors::{NOT_EXACT, find_large_integers, hide, pointer_at};
use super::json::{Reader, message, offset_of};
use crate::FieldError;

/// The maximum number of times that a text is read again. To find one integer among a million, the text is read 21
/// times.
const MAX_READS: usize = 48;

/// Returns an error for each integer field whose value some hosts cannot represent exactly. Fields of other types, such
/// as `serde_json::Number`, may have larger integers.
///
/// If the text contains large integers, replaces them with numbers that have a decimal point, and reads the text again.
/// A field that then rejects the fraction has an integer type. This method needs no further code for each `T`, and
/// reads other texts only once.
pub(super) fn large_integers(bytes: &[u8], reader: Reader<'_>) -> Vec<FieldError> {
    let mut large = find_large_integers(bytes);
    let mut texts = Texts {
        bytes,
        reader,
        reads: 0,
    };
    let mut errors = Vec::new();
    while let Some(rejected) = texts.first_rejected(&large) {
        let range = large.remove(rejected.at);
        if rejected.is_exact_integer {
            let pointer = pointer_at(bytes, range.end);
            errors.push(FieldError::new(pointer, "range", NOT_EXACT));
        }
    }
    errors
}

struct Texts<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    reads: usize,
}

/// A large integer in a field that rejects fractions.
struct Rejected {
    /// The index of the integer.
    at: usize,
    /// Whether the field has a 64-bit integer type. A field with a 128-bit type may have a large integer, because no
    /// host stores 128-bit values as integers.
    is_exact_integer: bool,
}

impl Texts<'_> {
    /// Reads the text after replacing the integers in `large` with fractions. If the text is rejected, the error has
    /// two values: the number of bytes that were read before the error, and the result of [`names_exact_integer`].
    fn read(&mut self, large: &[Range<usize>]) -> Result<(), (usize, Option<bool>)> {
        self.reads += 1;
        let mut text = self.bytes.to_vec();
        for range in large {
            hide(&mut text, range);
        }
        (self.reader)(&text)
            .map_err(|error| (offset_of(&text, &error), names_exact_integer(&error)))
    }

    /// Finds a large integer in a field that rejects fractions. `large` has the position of each large integer in the
    /// text. Returns `None` if no such field exists, or if the search takes more than [`MAX_READS`] reads.
    fn first_rejected(&mut self, large: &[Range<usize>]) -> Option<Rejected> {
        if large.is_empty() || self.reads >= MAX_READS {
            return None;
        }
        let (offset, names_integer) = self.read(large).err()?;
        if let Some(at) = large.iter().position(|range| range.end == offset) {
            return Some(Rejected {
                at,
                is_exact_integer: names_integer == Some(true),
            });
        }
        // serde has buffered the number, for example because the field is in a flattened struct or an untagged enum. In
        // this case, the error has only the position of the end of the buffered value, so a binary search finds the
        // integer. The text is valid if fractions replace the first `accepted` integers, and invalid if fractions
        // replace the first `rejected` integers.
        let (mut accepted, mut rejected, mut names_integer) = (0, large.len(), names_integer);
        while rejected - accepted > 1 {
            if self.reads >= MAX_READS {
                return None;
            }
            let middle = accepted.midpoint(rejected);
            match self.read(&large[..middle]) {
                Ok(()) => accepted = middle,
                Err((_, names)) => (rejected, names_integer) = (middle, names),
            }
        }
        Some(Rejected {
            at: accepted,
            // The result is `None` if a type created its own error message, which does not name an integer type.
            is_exact_integer: names_integer != Some(false),
        })
    }
}

/// Returns whether a 64-bit integer type or an untagged enum has rejected a fraction. An untagged enum rejects a
/// fraction if none of its variants accepts fractions. Returns `None` if the error does not name the type.
fn names_exact_integer(error: &serde_json::Error) -> Option<bool> {
    let message = message(error);
    let mut names = ["i64", "u64", "isize", "usize"].into_iter();
    let is_untagged = message.starts_with("data did not match any variant of untagged enum");
    if is_untagged || names.any(|name| message.ends_with(name)) {
        return Some(true);
    }
    // If the type is a 128-bit integer, `serde_json` reads the `1` of the fraction, and reports the rest as a syntax
    // error.
    let is_other = !error.is_data() || message.starts_with("invalid type: ");
    is_other.then_some(false)
}
