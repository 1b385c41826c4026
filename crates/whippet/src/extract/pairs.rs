//! Names and values, as queries, forms, headers and cookies have them, with every value that does not fit.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::fields::{Error, Kind};
use super::gather::{LONGEST, Sent, gather, refuse};
use super::members::Members;
use super::pointer::unescaped;
use crate::{FieldError, Problem};

/// A name and its value; a name may come more than once.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads the pairs into `T`, with stand-ins for those that do not fit, and what is wrong with those; refused where none stands in.
pub(super) fn read<T: DeserializeOwned>(
    mut pairs: Vec<Pair<'_>>,
    kind: Kind,
) -> Result<(T, Vec<FieldError>), Problem> {
    let first = match typed(&pairs, kind) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(first) => first,
    };
    let check = |pairs: &[Pair<'_>]| typed::<T>(pairs, kind).map(drop);
    let errors = mend(&mut pairs, first, &check)?;
    match typed(&pairs, kind) {
        Ok(value) => Ok((value, errors)),
        Err(_) => Err(refuse(errors)),
    }
}

/// Three calls and one copy of what is the larger part of an extractor.
#[inline(never)]
fn typed<T: DeserializeOwned>(pairs: &[Pair<'_>], kind: Kind) -> Result<T, FieldError> {
    T::deserialize(Members { pairs, kind }).map_err(Error::into_field_error)
}

type Reader<'a> = &'a dyn Fn(&[Pair<'_>]) -> Result<(), FieldError>;

/// Puts stand-ins in the place of what does not fit, which is told.
fn mend(
    pairs: &mut Vec<Pair<'_>>,
    first: FieldError,
    reader: Reader<'_>,
) -> Result<Vec<FieldError>, Problem> {
    let lengths = pairs.iter().map(|(name, value)| name.len() + value.len());
    if lengths.sum::<usize>() > LONGEST {
        return Err(refuse(vec![first]));
    }
    let (errors, _) = gather(first, &mut Pairs { pairs, reader });
    Ok(errors)
}

struct Pairs<'a, 'b> {
    pairs: &'a mut Vec<Pair<'b>>,
    reader: Reader<'a>,
}

impl Sent for Pairs<'_, '_> {
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
            self.pairs.push((name.into(), (*value).to_owned().into()));
        }
        true
    }

    fn read(&self) -> Result<(), FieldError> {
        (self.reader)(self.pairs)
    }
}
