//! Parses `errors(TAKEN, GONE)`, a list of problem type constants.

use syn::parse::ParseStream;
use syn::{Path, Token, parenthesized};

/// Parses the constants in the parentheses after `errors`.
pub(crate) fn list(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let content;
    parenthesized!(content in input);
    let errors = content.parse_terminated(Path::parse_mod_style, Token![,])?;
    Ok(errors.into_iter().collect())
}
