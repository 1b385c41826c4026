//! Collects an error for every value that is invalid for its type. serde alone stops at the first invalid value.
//!
//! Whenever an invalid value is found, a placeholder replaces the value, and the input is read again, up to the next
//! invalid value. Reading the input again calls the same deserializer, so the compiler generates no further code for
//! the type. Only input that is rejected anyway is read again.

use super::super::decode::sorted::sorted;
use super::pointer::is_within;
use super::serde_text::SerdeText;
use crate::{FieldError, Problem};

/// The maximum number of times that an input is read.
const MAX_READS: usize = 128;

/// The maximum size, in bytes, of an input that is read more than once. For a longer input, only the first error is
/// reported.
pub(in crate::extract) const MAX_BYTES: usize = 16 * 1024;

/// Input that can be corrected and read again.
pub(in crate::extract) trait Correctable {
    /// Replaces the value at `pointer` with a placeholder. `number` is the index of the placeholder in the fixed list
    /// of placeholders. Returns false if the placeholder or the value does not exist. `variant` is the first valid name
    /// of an enum if an earlier error listed the valid names. Otherwise, `variant` is empty.
    fn correct(&mut self, pointer: &str, number: usize, variant: &str) -> bool;

    /// Reads the input into its type. Returns the first error.
    fn read(&self) -> Result<(), FieldError>;
}

/// An invalid value, and the next placeholder to try for it.
struct InvalidValue {
    pointer: String,
    next_placeholder: usize,
    variant: String,
}

/// Returns all errors, and whether placeholders have made the input valid. `first` is the error of the first read.
pub(in crate::extract) fn collect(
    first: FieldError,
    input: &mut dyn Correctable,
) -> (Vec<FieldError>, bool) {
    let mut invalid: Vec<InvalidValue> = Vec::new();
    let mut errors = Vec::new();
    let mut error = first;
    for _ in 0..MAX_READS {
        let seen = invalid
            .iter()
            .position(|value| value.pointer == error.pointer);
        let at = seen.unwrap_or(invalid.len());
        if seen.is_none() {
            // The error is about an object or array that contains a placeholder. The type of this object or array has
            // rejected the placeholder, and would also reject every other placeholder.
            if invalid
                .iter()
                .any(|value| is_within(&value.pointer, &error.pointer))
            {
                return (errors, false);
            }
            let is_in_placeholder = invalid
                .iter()
                .any(|value| is_within(&error.pointer, &value.pointer));
            invalid.push(InvalidValue {
                pointer: error.pointer.clone(),
                next_placeholder: 0,
                variant: String::new(),
            });
            if !is_in_placeholder {
                errors.push(error.clone());
            }
        }
        let value = &mut invalid[at];
        if let SerdeText::UnknownVariant(variant) = SerdeText::of(&error.message) {
            variant.clone_into(&mut value.variant);
        }
        if !input.correct(&value.pointer, value.next_placeholder, &value.variant) {
            return (errors, false);
        }
        value.next_placeholder += 1;
        match input.read() {
            Ok(()) => return (errors, true),
            Err(next) => error = next,
        }
    }
    (errors, false)
}

/// Creates the problem for a rejected input. Sorts the errors by their pointers.
pub(in crate::extract) fn rejection(errors: Vec<FieldError>) -> Problem {
    let pointers = errors.iter().map(|error| (&*error.pointer, ""));
    let order = sorted(pointers);
    let in_order = order
        .iter()
        .filter_map(|(_, number, _)| errors.get(*number));
    Problem::invalid(in_order.cloned().collect())
}

/// Returns the value if it was read without errors. Otherwise, rejects the input.
pub(in crate::extract) fn only_valid<T>(
    (value, errors): (T, Vec<FieldError>),
) -> Result<T, Problem> {
    if errors.is_empty() {
        return Ok(value);
    }
    Err(rejection(errors))
}
