//! Reads the names and values in a query, a form, a header section or a `Cookie` header, and reports an error for every
//! invalid value.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::invalid_value::Error;
use super::named_pairs::NamedPairs;
use super::values::Format;
use crate::extract::errors::{Correctable, MAX_BYTES, collect, rejection, unescaped};
use crate::{FieldError, Problem};

/// A name and a value. Several pairs may have the same name.
pub(in crate::extract) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads the pairs into `T`. Replaces each invalid value with a placeholder, and returns an error for each invalid
/// value. Rejects the pairs if they stay invalid, whatever the placeholders are.
pub(in crate::extract) fn read<T: DeserializeOwned>(
    mut pairs: Vec<Pair<'_>>,
    format: Format,
) -> Result<(T, Vec<FieldError>), Problem> {
    let first = match deserialize(&pairs, format) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(first) => first,
    };
    let check = |pairs: &[Pair<'_>]| deserialize::<T>(pairs, format).map(drop);
    let errors = correct(&mut pairs, first, &check)?;
    match deserialize(&pairs, format) {
        Ok(value) => Ok((value, errors)),
        Err(_) => Err(rejection(errors)),
    }
}

/// `deserialize` is not inlined, because it is called in three places. Three inlined copies would make up most of an
/// extractor's code.
#[inline(never)]
fn deserialize<T: DeserializeOwned>(pairs: &[Pair<'_>], format: Format) -> Result<T, FieldError> {
    T::deserialize(NamedPairs { pairs, format }).map_err(Error::into_field_error)
}

type Reader<'a> = &'a dyn Fn(&[Pair<'_>]) -> Result<(), FieldError>;

/// Replaces invalid values with placeholders, and returns an error for each invalid value. `first` is the error that
/// has already been found.
fn correct(
    pairs: &mut Vec<Pair<'_>>,
    first: FieldError,
    reader: Reader<'_>,
) -> Result<Vec<FieldError>, Problem> {
    let lengths = pairs.iter().map(|(name, value)| name.len() + value.len());
    if lengths.sum::<usize>() > MAX_BYTES {
        return Err(rejection(vec![first]));
    }
    let (errors, _) = collect(first, &mut CorrectablePairs { pairs, reader });
    Ok(errors)
}

struct CorrectablePairs<'a, 'b> {
    pairs: &'a mut Vec<Pair<'b>>,
    reader: Reader<'a>,
}

impl Correctable for CorrectablePairs<'_, '_> {
    fn correct(&mut self, pointer: &str, number: usize, variant: &str) -> bool {
        // The first token of the pointer is the name of a pair. A second token is an index into the values of that
        // name.
        let Some(token) = pointer.split('/').nth(1) else {
            return false;
        };
        // The placeholder `None` removes the name, as if the client had not sent it.
        let placeholders = [Some("0"), Some(""), Some(variant), Some("true"), None];
        let Some(placeholder) = placeholders.get(number) else {
            return false;
        };
        let name = unescaped(token);
        // The items of a list may be sent as `name[]` or `name[0]`.
        let is_item = |rest: &str| rest.is_empty() || rest.starts_with('[');
        self.pairs
            .retain(|(other, _)| !other.strip_prefix(&*name).is_some_and(is_item));
        if let Some(value) = placeholder {
            self.pairs.push((name.into(), (*value).to_owned().into()));
        }
        true
    }

    fn read(&self) -> Result<(), FieldError> {
        (self.reader)(self.pairs)
    }
}
