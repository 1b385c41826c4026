//! Collecting every value that is invalid for its type, where serde stops at the first.
//!
//! A placeholder replaces an invalid value, and the input is read again, up to the next invalid value. This needs no
//! knowledge of the type, so no code beyond its deserializer is generated. It happens only to input that is rejected anyway.

use super::super::decode::sorted::sorted;
use super::pointer::is_within;
use super::serde_text::SerdeText;
use crate::{FieldError, Problem};

/// How often one input is read at most.
const MAX_READS: usize = 128;

/// The longest input that is read more than once, in bytes; a longer one reports only its first error.
pub(in crate::extract) const MAX_BYTES: usize = 16 * 1024;

/// Input that can be corrected and read again.
pub(in crate::extract) trait Correctable {
    /// Replaces the value at `pointer` with placeholder `number`; false if there is no such placeholder or no such value.
    /// `variant` is a text that the value's enum accepts, once one is known.
    fn correct(&mut self, pointer: &str, number: usize, variant: &str) -> bool;

    /// Reads the input as its type.
    fn read(&self) -> Result<(), FieldError>;
}

/// An invalid value, and the placeholders that were tried for it.
struct InvalidValue {
    pointer: String,
    next_placeholder: usize,
    variant: String,
}

/// Returns the first error and all that follow it, and whether the input is valid now, with its placeholders.
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
            // What reads the parent may reject a placeholder, or find that it lacks fields.
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

/// Creates the problem of a rejected input, with its errors in the order of their pointers.
pub(in crate::extract) fn rejection(errors: Vec<FieldError>) -> Problem {
    let pointers = errors.iter().map(|error| (&*error.pointer, ""));
    let order = sorted(pointers);
    let in_order = order
        .iter()
        .filter_map(|(_, number, _)| errors.get(*number));
    Problem::invalid(in_order.cloned().collect())
}

/// Returns a value that was read without a placeholder, and rejects any other.
pub(in crate::extract) fn only_valid<T>(
    (value, errors): (T, Vec<FieldError>),
) -> Result<T, Problem> {
    if errors.is_empty() {
        return Ok(value);
    }
    Err(rejection(errors))
}
