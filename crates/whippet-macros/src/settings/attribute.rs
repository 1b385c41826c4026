//! Parses `#[settings(prefix = "SHOP_")]` of a struct and `#[setting(…)]` of its fields.

use syn::meta::ParseNestedMeta;
use syn::{ExprPath, LitStr};

use crate::mistakes::Mistakes;

/// The settings of a field.
#[derive(Default)]
pub(super) struct Attribute {
    pub(super) name: Option<LitStr>,
    pub(super) default: Option<LitStr>,
    /// The function in `with = …`, which parses the text of the variable.
    pub(super) with: Option<ExprPath>,
    pub(super) is_flat: bool,
}

impl Attribute {
    pub(super) fn parse(attributes: &[syn::Attribute], mistakes: &mut Mistakes) -> Self {
        let mut parsed = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("setting") {
                let read = attribute.parse_nested_meta(|meta| parsed.setting(&meta));
                mistakes.take(read);
            }
        }
        parsed
    }

    fn setting(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if meta.path.is_ident("name") {
            self.name = Some(variable(meta)?);
        } else if meta.path.is_ident("default") {
            self.default = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("with") {
            self.with = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("flatten") {
            self.is_flat = true;
        } else {
            return Err(meta.error("unknown setting: use `name`, `default`, `with` or `flatten`"));
        }
        Ok(())
    }
}

/// Returns the prefix in `#[settings(prefix = "…")]`, which the names of the struct's variables start with.
pub(super) fn prefix(attributes: &[syn::Attribute], mistakes: &mut Mistakes) -> String {
    let mut prefix = String::new();
    for attribute in attributes {
        if attribute.path().is_ident("settings") {
            let read = attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("prefix") {
                    return Err(meta.error("unknown setting: use `prefix = \"NAME_\"`"));
                }
                prefix = variable(&meta)?.value();
                Ok(())
            });
            mistakes.take(read);
        }
    }
    prefix
}

/// Parses the name of a variable. The name must be possible on every host. On Spin, names consist of lower-case
/// letters, digits and `_`, and Whippet converts them to upper case.
fn variable(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let text = name.value();
    if text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(is_allowed) {
        return Ok(name);
    }
    Err(syn::Error::new(
        name.span(),
        "the name of a variable must consist of upper-case letters, digits and `_`, and start with a letter",
    ))
}
