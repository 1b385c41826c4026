//! Finds the records in the source of a program.
//!
//! The draft of a migration is written from the source. The program itself cannot write it, because a program does not
//! compile while one of its records disagrees with the schema.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct};

use super::attribute::{RecordSettings, field_settings, has_setting, settings};
use super::files;
use super::model::{Field, Index, Parent, Record};
use super::types::{Columns, Stored, argument, sql_type};

/// The types that a column of a `strict` table can have.
const SQL_TYPES: [&str; 5] = ["integer", "real", "text", "blob", "any"];

/// The structs and enums that a derive macro maps to the database, in the source of a program.
#[derive(Default)]
struct Found {
    records: Vec<(PathBuf, ItemStruct)>,
    columns: Columns,
}

/// Returns the records in the Rust files of a folder. Omits the records of tests, and records whose migrations are in a
/// folder other than `migrations`.
///
/// # Errors
///
/// Fails when a file cannot be read or parsed, when a setting is not valid, or when the SQL type of a field is not
/// known.
pub(super) fn records(folder: &Path, migrations: &Path) -> Result<Vec<Record>> {
    let mut found = Found::default();
    for (path, item) in files::items(folder)? {
        match item {
            Item::Struct(item) if derives(&item.attrs, "Record") => {
                found.records.push((path, item));
            }
            Item::Struct(item) if derives(&item.attrs, "Column") => {
                let stored = newtype(&item);
                add_column(&mut found, item.ident.to_string(), stored);
            }
            Item::Enum(ItemEnum { attrs, ident, .. }) if derives(&attrs, "Column") => {
                add_column(&mut found, ident.to_string(), Stored::Text);
            }
            _ => {}
        }
    }
    let root = root(folder);
    let mut records = Vec::new();
    for (path, item) in &found.records {
        let record = record(item, &found, |folder| {
            is_same(&root.join(folder), migrations)
        })
        .with_context(|| format!("the record {} in {}", item.ident, path.display()))?;
        records.extend(record);
    }
    Ok(records)
}

/// Returns the folder that contains the `Cargo.toml` of the source. The paths of migration folders are relative to this
/// folder. Without `Cargo.toml`, returns the current folder.
fn root(source: &Path) -> PathBuf {
    let source = source.canonicalize().unwrap_or_default();
    let mut folders = source.ancestors();
    let root = folders.find(|folder| folder.join("Cargo.toml").exists());
    root.map(Path::to_owned).unwrap_or_default()
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        // The folder may not exist before the first migration, so `canonicalize` may fail.
        _ => match (std::path::absolute(a), std::path::absolute(b)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        },
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
        // The compiler rejects a derive attribute that contains anything but paths, so this function ignores the error.
        read.ok();
    }
    derives
}

/// Returns the record that a struct defines. Returns `None` if the migrations of the record are not in the folder of
/// the draft, which `is_own` checks. Also returns `None` if the struct names no table, because such a struct does not
/// compile.
fn record(
    item: &ItemStruct,
    found: &Found,
    is_own: impl Fn(&str) -> bool,
) -> Result<Option<Record>> {
    let Fields::Named(fields) = &item.fields else {
        return Ok(None);
    };
    let RecordSettings {
        table: Some(table),
        indexes,
        migrations,
    } = settings(&item.attrs)?
    else {
        return Ok(None);
    };
    if migrations.is_some_and(|folder| !is_own(&folder)) {
        return Ok(None);
    }
    let mut record = Record {
        name: item.ident.to_string(),
        table,
        fields: Vec::new(),
        has_key: false,
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
                let nullable = sql_type(&field.ty, &found.columns).map_or_else(
                    || argument(&field.ty, "Option").is_some(),
                    |(_, nullable)| nullable,
                );
                let sql = sql.as_ref().map(|sql| sql.to_ascii_lowercase());
                Some((sql.unwrap_or_else(|| "text".to_owned()), nullable))
            }
        };
        let (kind, nullable) = known.with_context(|| {
            format!(
                "the SQL type of the field `{name}` is unknown: state the type, as in `#[record(sql = \"text\")]`"
            )
        })?;
        ensure!(
            SQL_TYPES.contains(&&*kind),
            "the SQL type of the field `{name}` is `{kind}`, which is not one of: {}",
            SQL_TYPES.join(", ")
        );
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
            is_version: settings.version,
            default: settings.default,
            generated: settings.generated,
            parent,
            column,
        });
        names.push(name);
    }
    record.has_key = !record.key().is_empty();
    if let Some(id) = names.iter().position(|name| name == "id")
        && !record.has_key
    {
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

/// Finds the record with this name, and returns it as a parent.
fn parent(name: &str, on_delete: Option<String>, found: &Found) -> Result<Parent> {
    let mut records = found.records.iter().filter(|(_, item)| item.ident == name);
    let (_, item) = records
        .next()
        .with_context(|| format!("the parent `{name}` is not a record of this program"))?;
    if records.next().is_some() {
        bail!("two records are named `{name}`: rename one");
    }
    let table = settings(&item.attrs)?.table;
    let table = table.with_context(|| {
        format!("the record `{name}` has no table: add `#[record(table = \"…\")]`")
    })?;
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
    let column = keys.next().map(|(.., column)| column);
    ensure!(
        keys.next().is_none(),
        "the primary key of the parent `{name}` has several columns, but `parent` supports only one: write this migration by hand"
    );
    Ok(Parent {
        table,
        column,
        on_delete,
    })
}
