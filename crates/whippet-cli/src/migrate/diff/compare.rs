//! Compares records with the migrated database.

use anyhow::{Context, Result, bail, ensure};
use rusqlite::Connection;

use super::column::Changes;
use super::database::{self, Column};
use super::definition::Definition;
use super::indexes::missing;
use super::model::Record;
use super::order::tables;
use super::rebuild::{Copied, Rebuild, users_of_column};
use super::statements::{create_table, name};

/// Drafts the statements that make the database match the records. Applies the statements to `connection`, and returns
/// them.
///
/// # Errors
///
/// Fails when a difference cannot be drafted, or when SQLite rejects the draft.
pub(super) fn draft(connection: &Connection, records: &[Record]) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for record in &tables(records) {
        let of_table = match database::columns(connection, &record.table)? {
            None => create_table(record).map(|sql| vec![sql]),
            Some(columns) => changes(connection, record, &columns),
        };
        let of_table = of_table.with_context(|| format!("the record {}", record.name))?;
        apply(connection, &of_table)?;
        statements.extend(of_table);
        let of_indexes = missing(connection, record)?;
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

/// Returns the statements that change a table.
fn changes(connection: &Connection, record: &Record, columns: &[Column]) -> Result<Vec<String>> {
    check_key(record, columns)?;
    let sql = database::create_table(connection, &record.table)?;
    let definition = sql.as_deref().and_then(Definition::parse);
    let definition = definition.with_context(|| format!("`{}` is not a table", record.table))?;
    let mut changes = Changes {
        definition: definition.clone(),
        copied: Vec::new(),
        added: Vec::new(),
    };
    let references = database::foreign_keys(connection, &record.table)?;
    for field in &record.fields {
        let known = columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(&field.column));
        match known {
            None => changes.add(field)?,
            Some(column) => {
                let mut references = references.iter();
                let reference =
                    references.find(|key| key.column.eq_ignore_ascii_case(&column.name));
                changes.change(field, column, reference)?;
            }
        }
    }
    let mut comments = Vec::new();
    for column in columns.iter().filter(|column| is_unused(record, column)) {
        changes.definition.remove(&column.name);
        comments.push(dropped(connection, record, column, &changes)?);
    }
    let Changes {
        definition: edited,
        mut copied,
        added,
    } = changes;
    // If `alter table … add column` can make all changes, the table is not rebuilt.
    let mut with_added = definition;
    let addable: Option<Vec<String>> = added.into_iter().map(|(_, text)| text).collect();
    if let Some(added) = addable {
        for text in &added {
            with_added.add(text.clone());
        }
        if edited == with_added {
            let table = name(&record.table);
            let add = |text: &String| format!("alter table {table} add column {text};");
            return Ok(added.iter().map(add).collect());
        }
    }
    let kept = columns.iter().filter(|column| {
        !has_field(record, column) && !is_unused(record, column) && !column.is_generated
    });
    copied.extend(kept.map(|column| Copied::unchanged(&column.name)));
    let rebuild = Rebuild {
        table: &record.table,
        definition: &edited,
        copied: &copied,
        comments: &comments.concat(),
    };
    rebuild.statements(connection)
}

fn has_field(record: &Record, column: &Column) -> bool {
    let mut fields = record.fields.iter();
    fields.any(|field| field.column.eq_ignore_ascii_case(&column.name))
}

/// Returns whether the column must be dropped: the record has no field for it, but every insert would have to set it.
fn is_unused(record: &Record, column: &Column) -> bool {
    !has_field(record, column)
        && column.is_not_null
        && column.default.is_none()
        && column.key == 0
        && !column.is_generated
}

/// Returns the SQL comment which announces that the draft drops `column`.
///
/// # Errors
///
/// Fails when an index, a trigger or a view uses the column.
fn dropped(
    connection: &Connection,
    record: &Record,
    column: &Column,
    changes: &Changes,
) -> Result<String> {
    let (table, old) = (&record.table, &column.name);
    let users = users_of_column(connection, table, old)?;
    let rename = changes.added.first().map(|(new, _)| {
        format!(
            "alter table {} rename column {} to {}",
            name(table),
            name(old),
            name(new)
        )
    });
    let rename = rename.map_or_else(String::new, |sql| {
        let write = match users.is_empty() {
            true => "replace this rebuild with",
            false => "write",
        };
        format!("If the column was renamed, {write}: {sql}")
    });
    ensure!(
        users.is_empty(),
        "the record has no field for the column `{table}.{old}`, which is `not null`, but `diff` cannot drop the column because it is used by the {}. Write this migration by hand. {rename}",
        users.join(", the ")
    );
    Ok(
        format!("-- Drops the column {table}.{old} and its values. {rename}")
            .trim_end()
            .to_owned()
            + "\n",
    )
}

/// Checks that the record and the table have the same primary key. If no field has the setting `key`, accepts any key
/// of the table, as the derive macro does.
fn check_key(record: &Record, columns: &[Column]) -> Result<()> {
    let mut key: Vec<&Column> = columns.iter().filter(|column| column.key > 0).collect();
    key.sort_by_key(|column| column.key);
    let mut fields = record.fields.iter();
    let is_same = fields.all(|field| {
        let mut key = key.iter();
        let is_key = key.any(|column| column.name.eq_ignore_ascii_case(&field.column));
        is_key == field.is_key || !record.has_key
    });
    let has_fields = key.iter().all(|column| has_field(record, column));
    if !is_same || !has_fields {
        let names: Vec<&str> = key.iter().map(|column| column.name.as_str()).collect();
        bail!(
            "the record changes the primary key of the table `{}`, which is {}, but `diff` cannot change a primary key: write this migration by hand",
            record.table,
            names.join(", ")
        );
    }
    Ok(())
}
