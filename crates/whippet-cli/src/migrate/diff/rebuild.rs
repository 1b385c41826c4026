//! The statements that rebuild a table, and lose no row of the tables that refer to it.

use anyhow::Result;
use rusqlite::Connection;
use whippet_migrations::tokens;

use super::database::{self, Object};
use super::definition::Definition;
use super::statements::name;

/// A column that a rebuild fills.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) column: String,
    /// The value, from the columns of the old table.
    pub(super) value: String,
    /// Whether the value is a guess, which the author of the migration has to look at.
    pub(super) is_guess: bool,
}

impl Copied {
    pub(super) fn unchanged(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            value: name(column),
            is_guess: false,
        }
    }
}

/// Returns the statements that rebuild `table`.
///
/// On D1 foreign keys are always enforced, and dropping a table deletes or changes the rows that refer to it. So the rows
/// of all tables that refer to it are copied aside, deleted, and copied back. Triggers and views that use one of these
/// tables are dropped first, so that no trigger runs for the copies, and created again at the end.
pub(super) fn rebuild(
    connection: &Connection,
    table: &str,
    definition: &Definition,
    copied: &[Copied],
) -> Result<Vec<String>> {
    let (dependents, is_circular) = database::dependents(connection, table)?;
    let objects = database::objects(connection)?;
    let involved: Vec<&str> = dependents
        .iter()
        .map(String::as_str)
        .chain([table])
        .collect();
    let triggers_and_views = in_the_way(&objects, &involved);
    let (own, new) = (name(table), name(&format!("{table}_new")));
    let mut statements = Vec::new();
    if is_circular {
        statements.push("pragma defer_foreign_keys = on;".to_owned());
    }
    for object in triggers_and_views.iter().rev() {
        statements.push(format!("drop {} {};", object.kind, name(&object.name)));
    }
    for child in &dependents {
        let (keep, child) = (kept(child), name(child));
        statements.push(format!("create table {keep} as select * from {child};"));
    }
    for child in dependents.iter().rev() {
        let sql = format!(
            "-- whippet: allow W013 the rows are copied back\ndelete from {};",
            name(child)
        );
        statements.push(sql);
    }
    statements.push(definition.sql(&new, table));
    statements.push(copy(&own, &new, copied));
    statements.extend(row_ids(connection, table)?);
    statements.push(format!("drop table {own};"));
    statements.push(format!("alter table {new} rename to {own};"));
    let indexes = objects
        .iter()
        .filter(|object| object.kind == "index" && object.table.eq_ignore_ascii_case(table));
    statements.extend(indexes.map(|index| format!("{};", index.sql)));
    for child in &dependents {
        let columns = stored_columns(connection, child)?.join(", ");
        let (keep, child) = (kept(child), name(child));
        statements.push(format!(
            "insert into {child} ({columns}) select {columns} from {keep};"
        ));
        statements.push(format!("drop table {keep};"));
    }
    statements.extend(
        triggers_and_views
            .iter()
            .map(|object| format!("{};", object.sql)),
    );
    Ok(statements)
}

fn kept(table: &str) -> String {
    name(&format!("{table}_keep"))
}

fn copy(own: &str, new: &str, copied: &[Copied]) -> String {
    let columns: Vec<String> = copied.iter().map(|copied| name(&copied.column)).collect();
    let values: Vec<&str> = copied.iter().map(|copied| copied.value.as_str()).collect();
    let guesses = copied.iter().filter(|copied| copied.is_guess);
    let guesses = guesses.map(|copied| {
        format!(
            "-- Check the value of {} in rows without a value: {}\n",
            copied.column, copied.value
        )
    });
    format!(
        "{}insert into {new} ({}) select {} from {own};",
        guesses.collect::<String>(),
        columns.join(", "),
        values.join(", ")
    )
}

/// Keeps the largest row id that a table with `autoincrement` has given out.
fn row_ids(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let sql = database::create_table(connection, table)?.unwrap_or_default();
    if !tokens(&sql).any(|token| token.is("autoincrement")) {
        return Ok(Vec::new());
    }
    let (own, new) = (
        table.replace('\'', "''"),
        format!("{table}_new").replace('\'', "''"),
    );
    Ok(vec![
        format!("delete from sqlite_sequence where name = '{new}';"),
        format!(
            "insert into sqlite_sequence (name, seq) select '{new}', seq from sqlite_sequence where name = '{own}';"
        ),
    ])
}

fn stored_columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = database::columns(connection, table)?.unwrap_or_default();
    let stored = columns.iter().filter(|column| !column.is_generated);
    Ok(stored.map(|column| name(&column.name)).collect())
}

/// Returns the triggers and views that use one of `tables`, directly or through views, in the order of their creation.
fn in_the_way<'o>(objects: &'o [Object], tables: &[&str]) -> Vec<&'o Object> {
    let mut names: Vec<&str> = tables.to_vec();
    let mut found: Vec<&Object> = Vec::new();
    loop {
        let uses = |object: &&Object| {
            object.kind != "index"
                && !found.iter().any(|known| known.name == object.name)
                && tokens(&object.sql).any(|token| {
                    names
                        .iter()
                        .any(|name| token.name().eq_ignore_ascii_case(name))
                })
        };
        let Some(next) = objects.iter().find(uses) else {
            break;
        };
        if next.kind == "view" {
            names.push(&next.name);
        }
        found.push(next);
    }
    objects
        .iter()
        .filter(|object| found.iter().any(|known| known.name == object.name))
        .collect()
}
