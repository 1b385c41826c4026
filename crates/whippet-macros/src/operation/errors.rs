//! Parses `errors(TAKEN, GONE)`, a list of problem type constants.

use syn::parse::ParseStream;
use syn::{Ident, Path, Token, parenthesized};

/// Parses the constants in the parentheses after `errors`.
pub(super) fn list(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let content;
    parenthesized!(content in input);
    let errors = content.parse_terminated(Path::parse_mod_style, Token![,])?;
    Ok(errors.into_iter().collect())
}

/// Parses the arguments of `#[dependency]`: `errors(…)`, or no arguments.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let name: Ident = input.parse()?;
    if name != "errors" {
        let message = format!("unknown setting `{name}`: use `errors(…)`");
        return Err(syn::Error::new(name.span(), message));
    }
    list(input)
}
