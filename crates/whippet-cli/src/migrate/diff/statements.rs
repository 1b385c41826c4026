//! The text of statements.

use anyhow::{Result, bail, ensure};

use super::model::{Field, Index, Parent, Record, Setting};

/// Returns a name as SQL. Quotes the name if it is a keyword, or if it contains characters that require quotes.
pub(in crate::migrate) fn name(name: &str) -> String {
    let is_word = name
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || char == '_');
    let is_plain = is_word && !name.starts_with(|char: char| char.is_ascii_digit());
    if is_plain && !is_keyword(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Returns whether SQLite rejects this column name if it is not quoted.
fn is_keyword(name: &str) -> bool {
    rusqlite::Connection::open_in_memory()
        .and_then(|connection| connection.execute_batch(&format!("create table t ({name} text)")))
        .is_err()
}

/// Returns the value that existing rows get in a new column without a default.
pub(super) fn zero(kind: &str) -> &'static str {
    match kind {
        "integer" => "0",
        "real" => "0.0",
        "blob" => "x''",
        _ => "''",
    }
}

/// Returns the default as SQLite's grammar requires it: in parentheses, unless it is a word, a number or a string.
pub(super) fn default_sql(default: &str) -> String {
    let is_word = default
        .trim_start_matches(['-', '+'])
        .chars()
        .all(|char| char.is_alphanumeric() || "_.".contains(char));
    if is_word || is_text(default) {
        default.to_owned()
    } else {
        format!("({default})")
    }
}

/// Returns whether the SQL is a single string literal.
pub(super) fn is_text(sql: &str) -> bool {
    let inner = sql
        .strip_prefix('\'')
        .and_then(|sql| sql.strip_suffix('\''));
    inner.is_some_and(|inner| !inner.replace("''", "").contains('\''))
}

pub(super) fn references(parent: &Parent) -> String {
    let on_delete = parent
        .on_delete
        .as_ref()
        .map_or_else(String::new, |action| format!(" on delete {action}"));
    let column = parent
        .column
        .as_ref()
        .map_or_else(String::new, |column| format!(" ({})", name(column)));
    format!("references {}{column}{on_delete}", name(&parent.table))
}

/// Returns the definition of a column. `is_row_id` is true for an integer column that is the only column of the primary
/// key.
pub(super) fn column_sql(field: &Field, is_row_id: bool) -> Result<String> {
    let mut text = format!("{} {}", name(&field.column), field.kind);
    if is_row_id {
        text.push_str(" primary key");
        match &field.parent {
            Some(parent) => text.push_str(&format!(" {}", references(parent))),
            None if !field.default.is_absent() => text.push_str(" autoincrement"),
            None => {}
        }
        return Ok(text);
    }
    if !field.nullable {
        text.push_str(" not null");
    }
    match (&field.default, &field.generated) {
        (_, Setting::Sql(expression)) => {
            text.push_str(&format!(" generated always as ({expression})"));
        }
        (_, Setting::Present) => bail!(
            "the expression of the new column `{}` is missing: add `#[record(generated = \"…\")]`",
            field.column
        ),
        (Setting::Sql(default), _) => text.push_str(&format!(" default {}", default_sql(default))),
        (Setting::Present, _) => bail!(
            "the default of the new column `{}` is missing: add `#[record(default = \"…\")]`",
            field.column
        ),
        (Setting::Absent, Setting::Absent) => {}
    }
    if let Some(parent) = &field.parent {
        text.push(' ');
        text.push_str(&references(parent));
    }
    Ok(text)
}

/// Returns the statement that creates the table of a record.
pub(super) fn create_table(record: &Record) -> Result<String> {
    let key = record.key();
    ensure!(
        !key.is_empty(),
        "the primary key is missing: add `#[record(key)]` to its fields"
    );
    let single = key.len() == 1;
    let mut items = Vec::new();
    for field in &record.fields {
        let is_only_key = single && field.is_key;
        let mut text = column_sql(&field.as_new(), is_only_key && field.kind == "integer")?;
        if is_only_key && field.kind != "integer" {
            text.push_str(" primary key");
        }
        items.push(format!("    {text}"));
    }
    if !single {
        let names: Vec<String> = key.iter().map(|field| name(&field.column)).collect();
        items.push(format!("    primary key ({})", names.join(", ")));
    }
    let options = if single {
        "strict"
    } else {
        "strict, without rowid"
    };
    Ok(format!(
        "create table {} (\n{}\n) {options};",
        name(&record.table),
        items.join(",\n")
    ))
}

/// Returns the statement that creates an index with the name `own`.
pub(super) fn create_index(record: &Record, index: &Index, own: &str) -> String {
    let unique = if index.is_unique { "unique " } else { "" };
    let columns: Vec<String> = index.columns.iter().map(|column| name(column)).collect();
    format!(
        "create {unique}index {} on {} ({});",
        name(own),
        name(&record.table),
        columns.join(", ")
    )
}
