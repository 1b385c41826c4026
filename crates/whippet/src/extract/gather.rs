//! Every member that does not fit its type, where serde stops at the first.
//!
//! A stand-in that fits takes the place of a member that does not, and what was sent is read again, up to the next that is
//! wrong. Nothing is known of the type for that, so nothing but the reader itself has to be generated for it. It happens only
//! to what is refused anyway.

use super::pointer::push_token;
use super::sorted::sorted;
use crate::{FieldError, Problem};

/// How often what was sent is read at most.
const READS: usize = 128;

/// The longest text that is read more than once, in bytes: of a longer one the first wrong member is told.
pub(super) const LONGEST: usize = 16 * 1024;

/// What was sent, as it can be changed and read again.
pub(super) trait Sent {
    /// Puts a stand-in in the place of the member at `pointer`, one after the other by number; false where there is no such
    /// stand-in, or no such place. `word` is a text that is right there, once one is known.
    fn replace(&mut self, pointer: &str, number: usize, word: &str) -> bool;

    /// Reads it as the type.
    fn read(&self) -> Result<(), FieldError>;
}

/// The place of a member that is wrong, and what has been tried there.
struct Place {
    pointer: String,
    number: usize,
    word: String,
}

/// The first error and all that are found behind it, and whether what was sent fits now, with its stand-ins.
pub(super) fn gather(first: FieldError, sent: &mut dyn Sent) -> (Vec<FieldError>, bool) {
    let mut places: Vec<Place> = Vec::new();
    let mut errors = Vec::new();
    let mut error = first;
    for _ in 0..READS {
        let known = places
            .iter()
            .position(|place| place.pointer == error.pointer);
        let at = known.unwrap_or(places.len());
        if known.is_none() {
            // A stand-in may not please what reads its parent, and lack members of its own.
            if places
                .iter()
                .any(|place| is_within(&place.pointer, &error.pointer))
            {
                return (errors, false);
            }
            let is_of_a_stand_in = places
                .iter()
                .any(|place| is_within(&error.pointer, &place.pointer));
            places.push(Place {
                pointer: error.pointer.clone(),
                number: 0,
                word: String::new(),
            });
            if !is_of_a_stand_in {
                errors.push(error.clone());
            }
        }
        let place = &mut places[at];
        // serde's: "unknown variant `x`, expected one of `a`, `b`".
        let unknown = error.message.strip_prefix("unknown variant `");
        if let Some(word) = unknown.and_then(|words| words.split('`').nth(2)) {
            word.clone_into(&mut place.word);
        }
        if !sent.replace(&place.pointer, place.number, &place.word) {
            return (errors, false);
        }
        place.number += 1;
        match sent.read() {
            Ok(()) => return (errors, true),
            Err(next) => error = next,
        }
    }
    (errors, false)
}

/// What serde says of a member, without the place that its format gives.
pub(super) fn misfit(mut pointer: String, message: &str) -> FieldError {
    let missing = message.strip_prefix("missing field `");
    if let Some(name) = missing.and_then(|name| name.strip_suffix('`')) {
        push_token(&mut pointer, name);
        return FieldError::new(pointer, "required", "is required");
    }
    FieldError::new(pointer, "type", message.to_owned())
}

/// Whether a pointer leads to the value of another, or into it.
pub(super) fn is_within(pointer: &str, whole: &str) -> bool {
    let rest = pointer.strip_prefix(whole);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The refusal of what was sent, with what is wrong in the order of the pointers.
pub(super) fn refuse(errors: Vec<FieldError>) -> Problem {
    let pointers = errors.iter().map(|error| (&*error.pointer, ""));
    let order = sorted(pointers);
    let in_order = order
        .iter()
        .filter_map(|(_, number, _)| errors.get(*number));
    Problem::invalid(in_order.cloned().collect())
}

/// What was read without a stand-in; anything else is refused.
pub(super) fn fitting<T>((value, errors): (T, Vec<FieldError>)) -> Result<T, Problem> {
    if errors.is_empty() {
        return Ok(value);
    }
    Err(refuse(errors))
}
