//! `errors(TAKEN, GONE)`: problem types by their constants.

use syn::parse::ParseStream;
use syn::{Ident, Path, Token, parenthesized};

/// The constants in the parentheses.
pub(super) fn list(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let content;
    parenthesized!(content in input);
    let errors = content.parse_terminated(Path::parse_mod_style, Token![,])?;
    Ok(errors.into_iter().collect())
}

/// `errors(…)` alone, or nothing.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let name: Ident = input.parse()?;
    if name != "errors" {
        let message = format!("`{name}` is not known here: there is `errors(…)`");
        return Err(syn::Error::new(name.span(), message));
    }
    list(input)
}
