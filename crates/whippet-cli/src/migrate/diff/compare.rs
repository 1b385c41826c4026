//! Compares records with the migrated database.

use anyhow::{Context, Result, bail};
use rusqlite::Connection;

use super::database::{self, Column};
use super::definition::{Definition, with_default, with_null, with_type};
use super::model::{Field, Record};
use super::rebuild::{Copied, rebuild};
use super::statements::{column_sql, create_index, create_table, name, zero};

/// Returns the statements of a migration, after which the database has what the records say. Applies the statements to
/// `connection`.
///
/// # Errors
///
/// Fails when a difference cannot be drafted, or when SQLite rejects the draft.
pub(super) fn draft(connection: &Connection, records: &[Record]) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for record in in_order(records) {
        let of_table = match database::columns(connection, &record.table)? {
            None => vec![create_table(record)?],
            Some(columns) => changes(connection, record, &columns)
                .with_context(|| format!("the record {}", record.name))?,
        };
        apply(connection, &of_table)?;
        statements.extend(of_table);
        let existing = database::indexes(connection, &record.table)?;
        let mut missing = record.indexes.clone();
        missing.retain(|index| {
            !existing.iter().any(|known| {
                let begins = index
                    .columns
                    .iter()
                    .zip(&known.columns)
                    .all(|(a, b)| a.eq_ignore_ascii_case(b));
                let is_long_enough = if index.is_unique {
                    known.is_unique && known.columns.len() == index.columns.len()
                } else {
                    known.columns.len() >= index.columns.len()
                };
                begins && is_long_enough
            })
        });
        missing.dedup();
        let of_indexes: Vec<String> = missing
            .iter()
            .map(|index| create_index(record, index))
            .collect();
        apply(connection, &of_indexes)?;
        statements.extend(of_indexes);
    }
    Ok(statements)
}

fn apply(connection: &Connection, statements: &[String]) -> Result<()> {
    for sql in statements {
        connection
            .execute_batch(sql)
            .with_context(|| format!("SQLite rejects the draft `{sql}`"))?;
    }
    Ok(())
}

/// Returns one record of each table, each after its parents.
fn in_order(records: &[Record]) -> Vec<&Record> {
    let mut left: Vec<&Record> = Vec::new();
    for record in records {
        match left.iter_mut().find(|known| known.table == record.table) {
            // The record with more fields knows more of the table.
            Some(known) if known.fields.len() < record.fields.len() => *known = record,
            Some(_) => {}
            None => left.push(record),
        }
    }
    let mut ordered: Vec<&Record> = Vec::new();
    while !left.is_empty() {
        let is_free = |record: &&Record| {
            let mut parents = record
                .fields
                .iter()
                .filter_map(|field| field.parent.as_ref());
            parents.all(|parent| {
                parent.table == record.table
                    || !left.iter().any(|other| other.table == parent.table)
            })
        };
        let at = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(at));
    }
    ordered
}

/// Returns the statements that change a table.
fn changes(connection: &Connection, record: &Record, columns: &[Column]) -> Result<Vec<String>> {
    check_key(record, columns)?;
    let sql = database::create_table(connection, &record.table)?;
    let definition = sql.as_deref().and_then(Definition::parse);
    let definition = definition.with_context(|| format!("`{}` is not a table", record.table))?;
    let mut edited = definition.clone();
    let mut copied = Vec::new();
    let mut added = Vec::new();
    let references = database::foreign_keys(connection, &record.table)?;
    for field in &record.fields {
        let known = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&field.column));
        match known {
            None => add(field, &mut edited, &mut copied, &mut added)?,
            Some(column) => {
                let has_reference = references
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&column.name));
                change(field, column, has_reference, &mut edited, &mut copied)?;
            }
        }
    }
    for column in columns.iter().filter(|column| is_unused(record, column)) {
        edited.remove(&column.name);
    }
    let is_unused = |column: &&Column| is_unused(record, column);
    // Adding a column is no reason for a rebuild.
    let mut with_added = definition.clone();
    for (_, text) in &added {
        with_added.add(text.clone());
    }
    if edited == with_added {
        let table = name(&record.table);
        let add = |(_, text): &(String, String)| format!("alter table {table} add column {text};");
        return Ok(added.iter().map(add).collect());
    }
    for column in columns
        .iter()
        .filter(|column| !is_unused(column) && !column.is_generated)
    {
        if !copied
            .iter()
            .any(|copied: &Copied| copied.column.eq_ignore_ascii_case(&column.name))
        {
            copied.push(Copied::unchanged(&column.name));
        }
    }
    rebuild(connection, &record.table, &edited, &copied)
}

/// Whether no field is the column, and a record without the column cannot be inserted.
fn is_unused(record: &Record, column: &Column) -> bool {
    let has_field = record
        .fields
        .iter()
        .any(|field| field.column.eq_ignore_ascii_case(&column.name));
    !has_field
        && column.is_not_null
        && column.default.is_none()
        && column.key == 0
        && !column.is_generated
}

fn check_key(record: &Record, columns: &[Column]) -> Result<()> {
    let mut key: Vec<&Column> = columns.iter().filter(|column| column.key > 0).collect();
    key.sort_by_key(|column| column.key);
    let own = record.key();
    let is_known = |column: &&Column| {
        own.iter()
            .any(|field| field.column.eq_ignore_ascii_case(&column.name))
    };
    if own.len() != key.len() || !key.iter().all(is_known) {
        let names: Vec<&str> = key.iter().map(|column| column.name.as_str()).collect();
        bail!(
            "the primary key of the table `{}` is {}, and `diff` changes no primary key: write this migration by hand",
            record.table,
            names.join(", ")
        );
    }
    Ok(())
}

/// Adds a column: to `added` if `alter table` can add it, and to `edited`.
fn add(
    field: &Field,
    edited: &mut Definition,
    copied: &mut Vec<Copied>,
    added: &mut Vec<(String, String)>,
) -> Result<()> {
    let text = column_sql(field, false)?;
    let has_constant = field.default.sql().is_some_and(is_constant);
    let is_addable = (field.nullable && field.default.is_absent())
        || (has_constant && field.parent.is_none())
        || !field.generated.is_absent();
    if is_addable {
        added.push((field.column.clone(), text.clone()));
    }
    edited.add(text);
    if field.generated.is_absent() && !(field.nullable && field.default.is_absent()) {
        let value = field
            .default
            .sql()
            .map_or_else(|| zero(&field.kind).to_owned(), str::to_owned);
        copied.push(Copied {
            column: field.column.clone(),
            value,
            is_guess: field.default.is_absent(),
        });
    }
    Ok(())
}

/// Whether SQLite takes a default for rows that exist: a literal or a signed number.
fn is_constant(sql: &str) -> bool {
    let sql = sql.trim();
    let is_number = sql.trim_start_matches(['-', '+']).parse::<f64>().is_ok();
    is_number || (sql.starts_with('\'') && sql.ends_with('\'')) || sql.eq_ignore_ascii_case("null")
}

/// Edits the text of a column that differs from its field.
fn change(
    field: &Field,
    column: &Column,
    has_reference: bool,
    edited: &mut Definition,
    copied: &mut Vec<Copied>,
) -> Result<()> {
    if !field.generated.is_absent() || column.is_generated {
        let is_same = match field.generated.sql() {
            Some(_) if column.is_generated => {
                edited.has(&column.name, field.generated.sql().unwrap_or_default())
            }
            _ => field.generated.is_absent() != column.is_generated,
        };
        if !is_same {
            let text = column_sql(field, false)?;
            edited.edit(&column.name, |_| text.clone());
            if field.generated.is_absent() {
                copied.push(Copied::unchanged(&column.name));
            } else {
                copied.retain(|copied| copied.column != column.name);
            }
        }
        return Ok(());
    }
    let mut value = name(&column.name);
    let mut is_guess = false;
    if !is_kind(&column.kind, &field.kind) {
        edited.edit(&column.name, |item| with_type(item, &field.kind));
        if field.kind != "any" {
            value = format!("cast({value} as {})", field.kind);
        }
    }
    if column.key == 0 && column.is_not_null == field.nullable {
        edited.edit(&column.name, |item| with_null(item, field.nullable));
        if !field.nullable {
            let default = field.default.sql().or(column.default.as_deref());
            is_guess = default.is_none();
            value = format!(
                "coalesce({value}, {})",
                default.unwrap_or(zero(&field.kind))
            );
        }
    }
    if let Some(default) = field.default.sql()
        && column.default.as_deref().map(unparenthesized) != Some(unparenthesized(default))
    {
        let default = super::statements::default_sql(default);
        edited.edit(&column.name, |item| with_default(item, &default));
    }
    if let Some(parent) = field.parent.as_ref().filter(|_| !has_reference) {
        let reference = super::statements::references(parent);
        edited.edit(&column.name, |item| format!("{item} {reference}"));
    }
    copied.push(Copied {
        column: column.name.clone(),
        value,
        is_guess,
    });
    Ok(())
}

fn unparenthesized(sql: &str) -> &str {
    let sql = sql.trim();
    let inner = sql.strip_prefix('(').and_then(|sql| sql.strip_suffix(')'));
    inner.unwrap_or(sql).trim()
}

/// Whether a declared type stores the values of a SQL type. SQLite's rules of affinity apply ("Datatypes", section 3.1). A
/// column of any other type, such as `decimal` or `any`, stores every value.
fn is_kind(declared: &str, kind: &str) -> bool {
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    let stored = if has(&["int", "bool"]) {
        "integer"
    } else if has(&["char", "clob", "text"]) {
        "text"
    } else if has(&["blob"]) {
        "blob"
    } else if has(&["real", "floa", "doub"]) {
        "real"
    } else {
        return true;
    };
    stored == kind || kind == "any"
}
