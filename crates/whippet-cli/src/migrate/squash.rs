//! `whippet migrate squash`.
//!
//! The squashed file has the name of the last file that it replaces. So if a database has applied all replaced files,
//! Whippet and wrangler treat the squashed file as applied too.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use rusqlite::{Connection, Row};
use serde_json::json;
use whippet_migrations::{squash_mark, statements};

use super::args::Output;
use super::diff::name;
use super::folder::{self, Migration};
use super::schema;
use super::{Outcome, print};

/// Lists the tables whose rows are copied. Omits shadow tables, because an insert into a virtual table also fills its
/// shadow tables.
const TABLES: &str = "select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual')
    and name not like 'sqlite\\_%' escape '\\' order by (select rowid from sqlite_master where name = pragma_table_list.name)";

/// Lists the statements that create the schema, in the order in which they were run.
const OBJECTS: &str = "select type, sql from sqlite_master where sql is not null and name not like 'sqlite\\_%' escape '\\'
    and name not in (select name from pragma_table_list where type = 'shadow') order by rowid";

/// Returns whether any table has a foreign key.
const HAS_FOREIGN_KEYS: &str =
    "select exists (select 1 from pragma_table_list tables, pragma_foreign_key_list(tables.name))";

pub(super) fn run(folder: &Path, output: Output) -> Result<Outcome> {
    let files = folder::read(folder)?;
    let [first, .., last] = &files[..] else {
        print(output, &json!({"squashed": null, "removed": []}), || {
            format!(
                "nothing to squash: {} has fewer than two migrations\n",
                folder.display()
            )
        })?;
        return Ok(Outcome::Done);
    };
    let replaced = &files[..files.len() - 1];
    let original = dump(&applied(&files)?)?;
    let mut sql = squash_mark(&first.name, &last.sql);
    for statement in &original {
        writeln!(sql, "{statement};")?;
    }
    let squashed = Migration {
        name: last.name.clone(),
        sql,
    };
    ensure!(
        dump(&applied(std::slice::from_ref(&squashed))?)? == original,
        "the migrations cannot be squashed: one file would not create the same schema and rows as these files"
    );
    let path = folder.join(&squashed.name);
    let new = path.with_extension("sql.new");
    fs::write(&new, &squashed.sql)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    for file in replaced {
        let path = folder.join(&file.name);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    let removed: Vec<_> = replaced.iter().map(|file| &file.name).collect();
    let count = files.len();
    print(
        output,
        &json!({"squashed": squashed.name, "removed": removed}),
        || format!("squashed {count} migrations into {}\n", path.display()),
    )?;
    Ok(Outcome::Done)
}

/// Applies the files to a new database in memory, and returns the database.
fn applied(files: &[Migration]) -> Result<Connection> {
    let connection = schema::open_in_memory()?;
    for Migration { name, sql } in files {
        let run = |sql: &str, line| {
            schema::run(&connection, sql)
                .map_err(|failed| anyhow!("{name}:{}: {}", line + failed.line, failed.message))
        };
        run("begin", 1)?;
        for statement in statements(sql) {
            run(statement.sql, statement.line)?;
        }
        run("commit", 1)?;
    }
    Ok(connection)
}

/// Returns the statements that create the schema and the rows of a database. The tables come first, then the rows, and
/// then the other objects, because a trigger must not fire for these rows.
fn dump(connection: &Connection) -> Result<Vec<String>> {
    let mut objects = connection.prepare(OBJECTS)?;
    let objects = objects.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let objects: Vec<(String, String)> = objects.collect::<rusqlite::Result<_>>()?;
    let is_table = |(kind, _): &(String, String)| kind == "table";
    let (tables, others): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_table);
    let mut statements: Vec<_> = tables.into_iter().map(|(_, sql)| sql).collect();
    if connection.query_row(HAS_FOREIGN_KEYS, [], |row| row.get(0))? {
        // A row may refer to a row that is inserted later, so the foreign keys are checked only at the end.
        statements.insert(0, "pragma defer_foreign_keys = on".to_owned());
    }
    let mut names = connection.prepare(TABLES)?;
    let names = names.query_map([], |row| row.get(0))?;
    for name in names.collect::<rusqlite::Result<Vec<String>>>()? {
        statements.extend(rows(connection, &name)?);
    }
    statements.extend(others.into_iter().map(|(_, sql)| sql));
    Ok(statements)
}

/// Returns an `insert` for each row of a table.
fn rows(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = "select name from pragma_table_xinfo(?1) where hidden = 0 order by cid";
    let mut columns = connection.prepare(columns)?;
    let columns = columns.query_map([table], |row| row.get(0))?;
    let columns: Vec<String> = columns.collect::<rusqlite::Result<_>>()?;
    let columns: Vec<String> = columns.iter().map(|column| name(column)).collect();
    let values: Vec<String> = columns.iter().map(|column| literal(column)).collect();
    let (table, columns, values) = (name(table), columns.join(", "), values.join(", "));
    let mut statement = connection.prepare(&format!("select {values} from {table}"))?;
    let insert = |row: &Row<'_>| {
        let count = row.as_ref().column_count();
        let values = (0..count).map(|at| row.get(at));
        let values: Vec<String> = values.collect::<rusqlite::Result<_>>()?;
        let values = values.join(", ");
        Ok(format!("insert into {table} ({columns}) values ({values})"))
    };
    let inserts = statement.query_map([], insert)?;
    Ok(inserts.collect::<rusqlite::Result<_>>()?)
}

/// Returns an SQL expression whose result is the literal of a column's value. `quote` would cut text at a zero byte, so
/// the literal of such text is a cast from a blob.
fn literal(column: &str) -> String {
    format!(
        "iif(typeof({column}) = 'text' and instr(cast({column} as blob), x'00') > 0,
            'cast(' || quote(cast({column} as blob)) || ' as text)', quote({column}))"
    )
}
