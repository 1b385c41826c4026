//! Finds the records in the source of a program.
//!
//! A record that disagrees with the schema does not compile, so the draft of its migration is written from the source, not
//! by the program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct};

use super::attribute::{RecordSettings, field_settings, has_setting, settings};
use super::model::{Field, Index, Parent, Record, Setting};
use super::types::{Columns, Stored, sql_type};

/// The structs and enums of a program that a derive macro maps to the database.
#[derive(Default)]
struct Found {
    records: Vec<(PathBuf, ItemStruct)>,
    columns: Columns,
}

/// Returns the records in the Rust files of a folder.
///
/// # Errors
///
/// Fails when a file cannot be read or parsed, when a setting has no meaning, or when the SQL type of a field is not
/// known.
pub(super) fn records(folder: &Path) -> Result<Vec<Record>> {
    let mut found = Found::default();
    read_folder(folder, &mut found)?;
    let mut records = Vec::new();
    for (path, item) in &found.records {
        let record = record(item, &found)
            .with_context(|| format!("the record {} in {}", item.ident, path.display()))?;
        records.extend(record);
    }
    Ok(records)
}

fn read_folder(folder: &Path, found: &mut Found) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_folder(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let file = syn::parse_file(&text)
                .map_err(|error| anyhow!("cannot parse {}: {error}", path.display()))?;
            read_items(&file.items, &path, found);
        }
    }
    Ok(())
}

fn read_items(items: &[Item], path: &Path, found: &mut Found) {
    for item in items {
        match item {
            Item::Mod(module) => {
                let items = module.content.as_ref();
                read_items(items.map_or(&[], |(_, items)| items), path, found);
            }
            Item::Struct(item) if derives(&item.attrs, "Record") => {
                found.records.push((path.to_owned(), item.clone()));
            }
            Item::Struct(item) if derives(&item.attrs, "Column") => {
                let stored = newtype(item);
                add_column(found, item.ident.to_string(), stored);
            }
            Item::Enum(ItemEnum { attrs, ident, .. }) if derives(attrs, "Column") => {
                add_column(found, ident.to_string(), Stored::Text);
            }
            _ => {}
        }
    }
}

fn add_column(found: &mut Found, name: String, stored: Stored) {
    let entry = found.columns.entry(name);
    entry
        .and_modify(|known| *known = Stored::Ambiguous)
        .or_insert(stored);
}

fn newtype(item: &ItemStruct) -> Stored {
    let is_text = ["json", "text"]
        .iter()
        .any(|setting| has_setting(&item.attrs, "column", setting));
    match item.fields.iter().next() {
        Some(field) if !is_text => Stored::Inner(Box::new(field.ty.clone())),
        _ => Stored::Text,
    }
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    let mut derives = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
    {
        let read = attribute.parse_nested_meta(|meta| {
            derives |= meta
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == name);
            Ok(())
        });
        // Other tokens than paths do not compile.
        read.ok();
    }
    derives
}

/// Returns the record, or `None` for a struct without a table, which does not compile.
fn record(item: &ItemStruct, found: &Found) -> Result<Option<Record>> {
    let Fields::Named(fields) = &item.fields else {
        return Ok(None);
    };
    let RecordSettings {
        table: Some(table),
        indexes,
    } = settings(&item.attrs)?
    else {
        return Ok(None);
    };
    let mut record = Record {
        name: item.ident.to_string(),
        table,
        fields: Vec::new(),
        indexes: Vec::new(),
    };
    let mut names = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let name = syn::ext::IdentExt::unraw(ident).to_string();
        let settings = field_settings(&field.attrs)?;
        let known = match (&settings.sql, settings.json) {
            (None, false) => sql_type(&field.ty, &found.columns),
            (sql, _) => {
                let nullable = sql_type(&field.ty, &found.columns)
                    .map_or_else(|| is_option(&field.ty), |(_, nullable)| nullable);
                Some((sql.clone().unwrap_or_else(|| "text".to_owned()), nullable))
            }
        };
        let (kind, nullable) = known.with_context(|| {
            format!(
                "the SQL type of the field `{name}` is not known: add `#[record(sql = \"text\")]`"
            )
        })?;
        let column = settings.column.unwrap_or_else(|| name.clone());
        let index = |is_unique| Index {
            columns: vec![column.clone()],
            is_unique,
        };
        record.indexes.extend(settings.unique.then(|| index(true)));
        record
            .indexes
            .extend((settings.index || settings.parent.is_some()).then(|| index(false)));
        let parent = match &settings.parent {
            Some(parent) => Some(self::parent(parent, settings.on_delete, found)?),
            None => None,
        };
        record.fields.push(Field {
            kind,
            nullable,
            is_key: settings.key,
            default: match settings.default {
                Setting::Absent if settings.version => Setting::Sql("1".to_owned()),
                default => default,
            },
            generated: settings.generated,
            parent,
            column,
        });
        names.push(name);
    }
    if record.key().is_empty() {
        let id = names.iter().position(|name| name == "id");
        let id = id.context("the primary key is missing: add `#[record(key)]` to its fields")?;
        record.fields[id].is_key = true;
    }
    for (fields, is_unique) in indexes {
        let columns = fields.iter().map(|field| {
            let at = names.iter().position(|name| name == field);
            let at = at.with_context(|| format!("an index names the unknown field `{field}`"))?;
            Ok(record.fields[at].column.clone())
        });
        let columns = columns.collect::<Result<_>>()?;
        record.indexes.push(Index { columns, is_unique });
    }
    Ok(Some(record))
}

fn is_option(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

/// Returns the parent with the name of a record.
fn parent(name: &str, on_delete: Option<String>, found: &Found) -> Result<Parent> {
    let mut records = found.records.iter().filter(|(_, item)| item.ident == name);
    let (_, item) = records
        .next()
        .with_context(|| format!("the parent `{name}` is not a record of this program"))?;
    if records.next().is_some() {
        bail!("two records are named `{name}`");
    }
    let table = settings(&item.attrs)?.table;
    let table = table.with_context(|| format!("the record `{name}` has no table"))?;
    let mut key = Vec::new();
    for field in &item.fields {
        let settings = field_settings(&field.attrs)?;
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let column = settings.column.unwrap_or_else(|| name.clone());
        key.push((settings.key, name == "id", column));
    }
    let is_marked = key.iter().any(|(is_key, ..)| *is_key);
    let mut keys = key
        .into_iter()
        .filter(|(is_key, is_id, _)| if is_marked { *is_key } else { *is_id });
    match (keys.next(), keys.next()) {
        (Some((.., column)), None) => Ok(Parent {
            table,
            column,
            on_delete,
        }),
        _ => bail!("the parent `{name}` has no key of one column"),
    }
}
