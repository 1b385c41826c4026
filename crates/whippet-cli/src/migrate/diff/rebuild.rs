//! The statements that rebuild a table without losing rows of the tables that refer to it.

use anyhow::{Context, Result};
use rusqlite::Connection;
use whippet_migrations::tokens;

use super::database::{self, Object};
use super::definition::Definition;
use super::statements::name;

/// A column of the rebuilt table, and the value that each copied row gets in this column.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) column: String,
    /// The SQL expression of the value, which may use the columns of the old table.
    pub(super) value: String,
    /// SQL comments about values that the author of the migration has to check.
    pub(super) comments: Vec<String>,
}

impl Copied {
    pub(super) fn unchanged(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            value: name(column),
            comments: Vec::new(),
        }
    }
}

/// The rebuild of a table.
#[derive(Debug)]
pub(super) struct Rebuild<'a> {
    pub(super) table: &'a str,
    pub(super) definition: &'a Definition,
    pub(super) copied: &'a [Copied],
    /// The SQL comments before the first statement.
    pub(super) comments: &'a str,
}

impl Rebuild<'_> {
    /// Returns the statements.
    ///
    /// D1 always enforces foreign keys, so dropping a table deletes or changes the rows that refer to it. Therefore,
    /// the statements copy the rows of all tables that refer to the rebuilt table to other tables, delete these rows,
    /// and later copy them back. If the rebuilt table also refers to one of these tables, deleting these rows may
    /// change rows of the rebuilt table, so its rows are copied to another table too. The statements first drop the
    /// triggers and views that use one of these tables, so that no trigger runs when rows are copied. At the end, they
    /// create the triggers and views again.
    pub(super) fn statements(&self, connection: &Connection) -> Result<Vec<String>> {
        let table = self.table;
        let dependents = database::dependents(connection, table)?;
        let objects = database::objects(connection)?;
        let children = dependents.tables.iter().map(String::as_str);
        let involved: Vec<&str> = children.clone().chain([table]).collect();
        let triggers_and_views = in_the_way(&objects, &involved);
        let (own, new) = (name(table), name(&format!("{table}_new")));
        let mut statements = Vec::new();
        if dependents.is_circular {
            statements.push("pragma defer_foreign_keys = on;".to_owned());
        }
        for object in triggers_and_views.iter().rev() {
            statements.push(format!("drop {} {};", object.kind, name(&object.name)));
        }
        let children: Vec<Kept<'_>> = children
            .map(|child| Kept::new(connection, child))
            .collect::<Result<_>>()?;
        let kept = match dependents.is_child {
            true => Some(Kept::new(connection, table)?),
            false => None,
        };
        statements.extend(children.iter().chain(&kept).map(Kept::keep));
        for child in children.iter().rev() {
            let sql = format!(
                "-- whippet: allow W013 the rows are copied back\ndelete from {};",
                name(child.table)
            );
            statements.push(sql);
        }
        let create = self.definition.sql(&new, table);
        let new_id = new_row_id(connection, &create, &format!("{table}_new"))?;
        statements.push(create);
        let old_id = database::row_id(connection, table)?;
        let (source, old_id) = match &kept {
            Some(kept) => (kept.name(), kept.row_id.as_ref().map(|(_, id)| id.as_str())),
            None => (own.clone(), old_id),
        };
        statements.push(self.copy(&source, &new, old_id.zip(new_id)));
        statements.extend(row_ids(connection, table)?);
        statements.push(format!("drop table {own};"));
        statements.push(format!("alter table {new} rename to {own};"));
        let indexes = objects
            .iter()
            .filter(|object| object.kind == "index" && object.table.eq_ignore_ascii_case(table));
        statements.extend(indexes.map(|index| format!("{};", index.sql)));
        for child in &children {
            statements.push(child.put_back(connection)?);
            statements.push(format!("drop table {};", child.name()));
        }
        statements.extend(kept.map(|kept| format!("drop table {};", kept.name())));
        let created = triggers_and_views.iter();
        statements.extend(created.map(|object| format!("{};", object.sql)));
        if let Some(first) = statements.first_mut() {
            first.insert_str(0, self.comments);
        }
        Ok(statements)
    }

    /// Returns the statement that copies the rows from `source`. `ids` are the names of the row id in `source` and `new`.
    fn copy(&self, source: &str, new: &str, ids: Option<(&str, &str)>) -> String {
        let names = self.copied.iter().map(|copied| name(&copied.column));
        let values = self.copied.iter().map(|copied| copied.value.clone());
        let (old_id, new_id) = ids.unzip();
        let names = new_id.map(str::to_owned).into_iter().chain(names);
        let values = old_id.map(str::to_owned).into_iter().chain(values);
        let comments = self.copied.iter().flat_map(|copied| &copied.comments);
        format!(
            "{}insert into {new} ({}) select {} from {source};",
            comments.map(String::as_str).collect::<String>(),
            names.collect::<Vec<_>>().join(", "),
            values.collect::<Vec<_>>().join(", ")
        )
    }
}

/// A table whose rows are copied to another table during the rebuild.
struct Kept<'t> {
    table: &'t str,
    /// The name of the row id in this table, and the name of the column that keeps the row id in the other table.
    row_id: Option<(&'static str, String)>,
}

impl<'t> Kept<'t> {
    fn new(connection: &Connection, table: &'t str) -> Result<Self> {
        let columns = database::columns(connection, table)?.unwrap_or_default();
        let mut column = "kept_rowid".to_owned();
        while columns
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(&column))
        {
            column.push('_');
        }
        let row_id = database::row_id(connection, table)?.map(|id| (id, column));
        Ok(Self { table, row_id })
    }

    fn name(&self) -> String {
        name(&format!("{}_keep", self.table))
    }

    fn keep(&self) -> String {
        let row_id = self.row_id.as_ref();
        let row_id = row_id.map_or_else(String::new, |(id, column)| format!("{id} as {column}, "));
        let (keep, table) = (self.name(), name(self.table));
        format!("create table {keep} as select {row_id}* from {table};")
    }

    fn put_back(&self, connection: &Connection) -> Result<String> {
        let columns = stored_columns(connection, self.table)?.join(", ");
        let (table, keep) = (name(self.table), self.name());
        Ok(match &self.row_id {
            Some((id, column)) => format!(
                "insert into {table} ({id}, {columns}) select {column}, {columns} from {keep};"
            ),
            None => format!("insert into {table} ({columns}) select {columns} from {keep};"),
        })
    }
}

/// Returns the name of the row id in the table that the statement `create` creates.
fn new_row_id(connection: &Connection, create: &str, table: &str) -> Result<Option<&'static str>> {
    connection
        .execute_batch(&format!("savepoint new_table; {create}"))
        .with_context(|| format!("SQLite rejects the draft `{create}`"))?;
    let row_id = database::row_id(connection, table);
    connection.execute_batch("rollback to new_table; release new_table")?;
    Ok(row_id?)
}

/// If the table has `autoincrement`, returns the statements that copy to the new table the largest row id that the old
/// table has assigned.
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
            "insert into sqlite_sequence (name, seq) select '{new}', seq from sqlite_sequence where name = '{own}' collate nocase;"
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

/// Returns the kinds and names of the indexes, triggers and views that use a column of a table.
pub(super) fn users_of_column(
    connection: &Connection,
    table: &str,
    column: &str,
) -> Result<Vec<String>> {
    let objects = database::objects(connection)?;
    let of_table =
        |object: &&Object| object.kind == "index" && object.table.eq_ignore_ascii_case(table);
    let users = objects
        .iter()
        .filter(of_table)
        .chain(in_the_way(&objects, &[table]));
    let uses = |object: &&Object| {
        tokens(&object.sql).any(|token| token.name().eq_ignore_ascii_case(column))
    };
    let users = users.filter(uses);
    Ok(users
        .map(|object| format!("{} `{}`", object.kind, object.name))
        .collect())
}
