//! Finds the named fields of a struct, for the derive macros.

use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Field, Fields, Token};

use crate::mistakes::Mistakes;

/// Returns the fields of a struct with named fields. For any other type, adds an error and returns `None`. `derive` is
/// the name of the macro. `generic` is the error message for a generic parameter of the struct.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    generic: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a Punctuated<Field, Token![,]>> {
    let Data::Struct(data) = &input.data else {
        return not_named(input, derive, mistakes);
    };
    let Fields::Named(fields) = &data.fields else {
        return not_named(input, derive, mistakes);
    };
    for parameter in &input.generics.params {
        mistakes.add(parameter, generic);
    }
    Some(&fields.named)
}

fn not_named<T>(input: &DeriveInput, derive: &str, mistakes: &mut Mistakes) -> Option<T> {
    let message = format!("`{derive}` can only be derived for a struct with named fields");
    mistakes.add(&input.ident, message);
    None
}
