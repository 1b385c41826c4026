//! The settings in `#[record(…)]`.

use proc_macro2::{Ident, Span};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Token, Type};

use crate::mistakes::Mistakes;

/// The settings of a struct.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) table: Option<LitStr>,
    pub(super) krate: Option<Path>,
    pub(super) migrations: Option<LitStr>,
    /// The fields in `page(…)`.
    pub(super) page: Vec<Ident>,
    /// The fields in `index(…)` and `unique(…)`. The macro only checks that these fields exist. `whippet migrate diff`
    /// uses the settings.
    pub(super) indexed: Vec<Ident>,
}

/// The settings of a field. A setting without a value, such as `key`, is stored as its location in the source.
#[derive(Default)]
pub(super) struct FieldSettings {
    pub(super) key: Option<Span>,
    pub(super) default: Option<Span>,
    pub(super) generated: Option<Span>,
    pub(super) json: Option<Span>,
    pub(super) version: Option<Span>,
    pub(super) column: Option<LitStr>,
    pub(super) parents: Vec<Type>,
}

/// Reads the settings of a struct.
pub(super) fn settings(attributes: &[Attribute], mistakes: &mut Mistakes) -> Settings {
    let mut settings = Settings::default();
    each(attributes, mistakes, |meta| {
        if meta.path.is_ident("table") {
            settings.table = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("crate") {
            settings.krate = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("migrations") {
            settings.migrations = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("page") {
            fields(&meta, &mut settings.page)?;
        } else if meta.path.is_ident("index") || meta.path.is_ident("unique") {
            fields(&meta, &mut settings.indexed)?;
        } else {
            return Err(meta.error(
                "unknown setting: use `table = \"…\"`, `page(…)`, `index(…)`, `unique(…)`, `migrations = \"…\"` or `crate = path`",
            ));
        }
        Ok(())
    });
    settings
}

/// Reads the settings of a field.
pub(super) fn field_settings(attributes: &[Attribute], mistakes: &mut Mistakes) -> FieldSettings {
    let mut settings = FieldSettings::default();
    each(attributes, mistakes, |meta| {
        let span = Some(syn::spanned::Spanned::span(&meta.path));
        if meta.path.is_ident("key") {
            settings.key = span;
        } else if meta.path.is_ident("default") {
            settings.default = span;
            optional_text(&meta)?;
        } else if meta.path.is_ident("generated") {
            settings.generated = span;
            optional_text(&meta)?;
        } else if meta.path.is_ident("json") {
            settings.json = span;
        } else if meta.path.is_ident("version") {
            settings.version = span;
        } else if meta.path.is_ident("column") {
            settings.column = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("parent") {
            settings.parents.push(meta.value()?.parse()?);
        } else if meta.path.is_ident("sql") || meta.path.is_ident("on_delete") {
            meta.value()?.parse::<LitStr>()?;
        } else if !meta.path.is_ident("unique") && !meta.path.is_ident("index") {
            return Err(meta.error(
                "unknown setting: use `key`, `default`, `generated`, `json`, `version`, `column = \"…\"`, `parent = Type`, `on_delete = \"…\"`, `unique`, `index` or `sql = \"…\"`",
            ));
        }
        Ok(())
    });
    settings
}

fn fields(meta: &ParseNestedMeta<'_>, fields: &mut Vec<Ident>) -> syn::Result<()> {
    meta.parse_nested_meta(|field| {
        fields.push(field.path.require_ident()?.clone());
        Ok(())
    })
}

/// Skips the SQL of a setting, because only `whippet migrate diff` uses the SQL.
fn optional_text(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<LitStr>()?;
    }
    Ok(())
}

fn each(
    attributes: &[Attribute],
    mistakes: &mut Mistakes,
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    let attributes = attributes.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("record")) {
        mistakes.take(attribute.parse_nested_meta(&mut read));
    }
}
