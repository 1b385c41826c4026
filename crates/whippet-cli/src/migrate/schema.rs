//! Runs statements on SQLite, and reads the schema.

use anyhow::Context;
use rusqlite::limits::Limit::{
    self, SQLITE_LIMIT_COLUMN, SQLITE_LIMIT_COMPOUND_SELECT, SQLITE_LIMIT_EXPR_DEPTH,
    SQLITE_LIMIT_FUNCTION_ARG, SQLITE_LIMIT_LENGTH, SQLITE_LIMIT_LIKE_PATTERN_LENGTH,
    SQLITE_LIMIT_SQL_LENGTH, SQLITE_LIMIT_TRIGGER_DEPTH,
};
use rusqlite::{Connection, Error, Result};

/// The limits of D1 (<https://developers.cloudflare.com/d1/platform/limits/>).
const LIMITS: [(Limit, i32); 8] = [
    (SQLITE_LIMIT_LENGTH, 2_000_000),
    (SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (SQLITE_LIMIT_COLUMN, 100),
    (SQLITE_LIMIT_EXPR_DEPTH, 100),
    (SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (SQLITE_LIMIT_FUNCTION_ARG, 32),
    (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (SQLITE_LIMIT_TRIGGER_DEPTH, 10),
];

/// Sets D1's limits on a connection.
pub(super) fn set_limits(connection: &Connection) {
    for (limit, value) in LIMITS {
        connection.set_limit(limit, value);
    }
}

/// Opens an empty database in memory, which has D1's limits and enforces foreign keys.
pub(super) fn open_in_memory() -> anyhow::Result<Connection> {
    let connection = Connection::open_in_memory().context("cannot open a database in memory")?;
    connection.execute_batch("pragma foreign_keys = on")?;
    set_limits(&connection);
    Ok(connection)
}

/// Why a statement failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// SQLite's message.
    pub(super) message: String,
    /// The line of the statement that contains the error, counted from 0. Also 0 if SQLite does not report a position.
    pub(super) line: usize,
}

/// Runs a statement, and discards the rows that it returns.
pub(super) fn run(connection: &Connection, sql: &str) -> Result<(), Failed> {
    let run = || {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    run().map_err(|error| match error {
        Error::SqlInputError { msg, offset, .. } => {
            let before = usize::try_from(offset)
                .ok()
                .and_then(|offset| sql.get(..offset));
            Failed {
                message: msg,
                line: before.map_or(0, |before| before.matches('\n').count()),
            }
        }
        error => Failed {
            message: message(error),
            line: 0,
        },
    })
}

/// Returns SQLite's message.
pub(super) fn message(error: Error) -> String {
    match error {
        Error::SqliteFailure(_, Some(message)) => message,
        error => error.to_string(),
    }
}

/// Returns whether a table exists.
pub(super) fn has_table(connection: &Connection, name: &str) -> Result<bool> {
    let sql = "select count(*) from sqlite_master where type = 'table' and name = ?1";
    connection.query_row(sql, [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// The tables, indexes, triggers and views of a database.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
    pub(super) objects: Vec<Object>,
}

/// An index, a trigger or a view that a statement has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// `index`, `trigger` or `view`.
    pub(super) kind: String,
    pub(super) name: String,
    /// The table of the index or trigger. For a view, the view's own name.
    pub(super) table: String,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) is_strict: bool,
    /// Whether the table was created with `autoincrement`.
    pub(super) has_autoincrement: bool,
    pub(super) has_rowid: bool,
    pub(super) columns: Vec<Column>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// The columns of each index, including the indexes of the primary key and of unique constraints.
    pub(super) indexes: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_not_null: bool,
    /// Whether the column is part of the primary key.
    pub(super) is_key: bool,
}

/// A foreign key of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<String>,
    pub(super) parent: String,
    /// Whether deleting a row of the parent also changes or deletes rows of the table that has the foreign key.
    pub(super) acts_on_delete: bool,
    /// Whether deleting a row of the parent also deletes rows of the table that has the foreign key.
    pub(super) cascades: bool,
}

impl Schema {
    /// Reads the schema. Omits the tables of SQLite, D1 and Whippet.
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        let tables = "select name, strict, wr from pragma_table_list
            where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\'
            and name not in ('d1_migrations', 'whippet_migrations') order by name";
        let mut statement = connection.prepare(tables)?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, bool>(2)?))
        })?;
        let tables = rows.map(|row| {
            let (name, is_strict, is_without_rowid) = row?;
            Table::read(connection, name, is_strict, !is_without_rowid)
        });
        let objects = "select type, name, tbl_name from sqlite_master where type <> 'table' and sql is not null";
        let mut statement = connection.prepare(objects)?;
        let objects = statement.query_map([], |row| {
            Ok(Object {
                kind: row.get(0)?,
                name: row.get(1)?,
                table: row.get(2)?,
            })
        })?;
        Ok(Self {
            tables: tables.collect::<Result<_>>()?,
            objects: objects.collect::<Result<_>>()?,
        })
    }

    /// Returns the table with this name.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

impl Table {
    fn read(
        connection: &Connection,
        name: String,
        is_strict: bool,
        has_rowid: bool,
    ) -> Result<Self> {
        let mut columns = connection
            .prepare("select name, type, \"notnull\", pk > 0 from pragma_table_xinfo(?1)")?;
        let columns = columns.query_map([&name], |row| {
            Ok(Column {
                name: row.get(0)?,
                kind: row.get(1)?,
                is_not_null: row.get(2)?,
                is_key: row.get(3)?,
            })
        })?;
        let columns = columns.collect::<Result<_>>()?;
        let sql = "select sql like '%autoincrement%' from sqlite_master where type = 'table' and name = ?1";
        let has_autoincrement = connection.query_row(sql, [&name], |row| row.get(0))?;
        Ok(Self {
            foreign_keys: foreign_keys(connection, &name)?,
            indexes: indexes(connection, &name)?,
            name,
            is_strict,
            has_autoincrement,
            has_rowid,
            columns,
        })
    }

    /// Returns the column that is an alias of the rowid.
    pub(super) fn rowid_alias(&self) -> Option<&str> {
        let mut keys = self.columns.iter().filter(|column| column.is_key);
        let (first, second) = (keys.next()?, keys.next());
        let is_alias =
            self.has_rowid && second.is_none() && first.kind.eq_ignore_ascii_case("integer");
        is_alias.then_some(&first.name)
    }
}

fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>> {
    let sql = "select id, \"table\", \"from\", on_delete from pragma_foreign_key_list(?1) order by id, seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, column, on_delete): (i64, String, String) =
            (row.get(0)?, row.get(2)?, row.get(3)?);
        match keys.last_mut().filter(|(last, _)| *last == id) {
            Some((_, key)) => key.columns.push(column),
            None => keys.push((
                id,
                ForeignKey {
                    columns: vec![column],
                    parent: row.get(1)?,
                    acts_on_delete: matches!(&*on_delete, "CASCADE" | "SET NULL" | "SET DEFAULT"),
                    cascades: on_delete == "CASCADE",
                },
            )),
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<Vec<String>>> {
    // A partial index does not contain every row, so only indexes on all rows count.
    let sql = "select list.seq, info.name from pragma_index_list(?1) list, pragma_index_info(list.name) info
        where not list.partial order by list.seq, info.seqno";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    let mut indexes: Vec<(i64, Vec<String>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        // An indexed expression has no name.
        let name = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        match indexes.last_mut().filter(|(last, _)| *last == id) {
            Some((_, columns)) => columns.push(name),
            None => indexes.push((id, vec![name])),
        }
    }
    Ok(indexes.into_iter().map(|(_, columns)| columns).collect())
}
