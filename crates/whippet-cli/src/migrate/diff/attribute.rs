//! The settings in `#[record(…)]` that describe the schema. `#[derive(Record)]` checks all settings.

use anyhow::{Result, anyhow};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Token};

use super::model::Setting;

/// The settings of a struct.
#[derive(Default)]
pub(super) struct RecordSettings {
    pub(super) table: Option<String>,
    /// The fields of each index, and whether the index is unique.
    pub(super) indexes: Vec<(Vec<String>, bool)>,
    /// The folder of the migrations, if the record names one.
    pub(super) migrations: Option<String>,
}

/// The settings of a field.
#[derive(Default)]
pub(super) struct FieldSettings {
    pub(super) key: bool,
    pub(super) json: bool,
    pub(super) version: bool,
    pub(super) unique: bool,
    pub(super) index: bool,
    pub(super) default: Setting,
    pub(super) generated: Setting,
    pub(super) column: Option<String>,
    pub(super) sql: Option<String>,
    pub(super) on_delete: Option<String>,
    /// The name of the parent: the record type to which a foreign key refers.
    pub(super) parent: Option<String>,
}

pub(super) fn settings(attributes: &[Attribute]) -> Result<RecordSettings> {
    let mut settings = RecordSettings::default();
    each(attributes, |meta| {
        if meta.path.is_ident("table") {
            settings.table = Some(text(meta)?);
        } else if meta.path.is_ident("migrations") {
            settings.migrations = Some(text(meta)?);
        } else if meta.path.is_ident("index") || meta.path.is_ident("unique") {
            let is_unique = meta.path.is_ident("unique");
            let mut fields = Vec::new();
            meta.parse_nested_meta(|field| {
                fields.push(field.path.require_ident()?.to_string());
                Ok(())
            })?;
            settings.indexes.push((fields, is_unique));
        } else {
            skip(meta)?;
        }
        Ok(())
    })?;
    Ok(settings)
}

pub(super) fn field_settings(attributes: &[Attribute]) -> Result<FieldSettings> {
    let mut settings = FieldSettings::default();
    each(attributes, |meta| {
        let name = meta
            .path
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match name.as_str() {
            "key" => settings.key = true,
            "json" => settings.json = true,
            "version" => settings.version = true,
            "unique" => settings.unique = true,
            "index" => settings.index = true,
            "default" => settings.default = setting(meta)?,
            "generated" => settings.generated = setting(meta)?,
            "column" => settings.column = Some(text(meta)?),
            "sql" => settings.sql = Some(text(meta)?),
            "on_delete" => settings.on_delete = Some(text(meta)?),
            "parent" => {
                let path: Path = meta.value()?.parse()?;
                settings.parent = path.segments.last().map(|last| last.ident.to_string());
            }
            _ => skip(meta)?,
        }
        Ok(())
    })?;
    Ok(settings)
}

/// Returns whether an attribute with this name has this setting.
pub(super) fn has_setting(attributes: &[Attribute], name: &str, setting: &str) -> bool {
    let mut has_setting = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(name))
    {
        let read = attribute.parse_nested_meta(|meta| {
            has_setting |= meta.path.is_ident(setting);
            skip(&meta)
        });
        // The compiler rejects an attribute that cannot be parsed, so this function ignores the error.
        read.ok();
    }
    has_setting
}

fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) -> Result<()> {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("record"))
    {
        attribute
            .parse_nested_meta(|meta| read(&meta))
            .map_err(|error| anyhow!("`#[record(…)]` cannot be read: {error}"))?;
    }
    Ok(())
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

fn setting(meta: &ParseNestedMeta<'_>) -> syn::Result<Setting> {
    if meta.input.peek(Token![=]) {
        Ok(Setting::Sql(text(meta)?))
    } else {
        Ok(Setting::Present)
    }
}

/// Skips the value of a setting that does not describe the schema.
fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| skip(&inner))?;
    }
    Ok(())
}
