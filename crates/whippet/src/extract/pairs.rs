//! Names and values, as queries, forms, headers and cookies have them, with every value that does not fit.

use serde::de::DeserializeOwned;

use super::gather::{LONGEST, Sent, gather, refuse};
use super::pointer::unescaped;
use crate::{FieldError, Problem};

/// A name and its value; a name may come more than once.
pub(super) type Pair = (String, String);

/// Reads pairs that have been found wrong at `first`, with stand-ins for that and for all that is wrong behind it; refused where
/// none stands in.
pub(super) fn mend<T: DeserializeOwned>(
    pairs: Vec<Pair>,
    first: FieldError,
    read: impl Fn(&[Pair]) -> Result<T, FieldError>,
) -> Result<(T, Vec<FieldError>), Problem> {
    let length: usize = pairs
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if length > LONGEST {
        return Err(refuse(vec![first]));
    }
    let check = |pairs: &[Pair]| read(pairs).map(drop);
    let mut sent = Pairs {
        pairs,
        reader: &check,
    };
    let (errors, _) = gather(first, &mut sent);
    match read(&sent.pairs) {
        Ok(value) => Ok((value, errors)),
        Err(_) => Err(refuse(errors)),
    }
}

struct Pairs<'a> {
    pairs: Vec<Pair>,
    reader: &'a dyn Fn(&[Pair]) -> Result<(), FieldError>,
}

impl Sent for Pairs<'_> {
    fn replace(&mut self, pointer: &str, number: usize, word: &str) -> bool {
        // What is behind the name is the place in a list of values.
        let Some(token) = pointer.split('/').nth(1) else {
            return false;
        };
        let stand_ins = [Some("0"), Some(""), Some(word), Some("true"), None];
        let Some(stand_in) = stand_ins.get(number) else {
            return false;
        };
        let name = unescaped(token);
        self.pairs.retain(|(other, _)| *other != name);
        if let Some(value) = stand_in {
            self.pairs.push((name, (*value).to_owned()));
        }
        true
    }

    fn read(&self) -> Result<(), FieldError> {
        (self.reader)(&self.pairs)
    }
}
