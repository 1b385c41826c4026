//! Reads doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the text of a doc comment, without the space after each `///` and without blank lines at the end.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => {
                    let text = text.value();
                    Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
                }
                _ => None,
            },
            _ => None,
        });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
