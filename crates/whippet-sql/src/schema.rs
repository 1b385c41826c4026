//! Reads the tables and views of a database.

use rusqlite::{Connection, OptionalExtension};

use crate::analysis::{Types, declared};

/// A table or a view.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) body: Body,
    pub(crate) columns: Vec<TableColumn>,
}

/// The kind of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Table {
        /// The index of the column that contains the row id. `None` if the table has no such column.
        rowid: Option<usize>,
        without_rowid: bool,
        /// The `create table` statement, which contains the expressions of generated columns.
        sql: String,
    },
    View {
        sql: String,
    },
    /// A virtual table. Its columns can contain any values.
    Virtual,
}

/// A column of a relation.
#[derive(Debug, Clone)]
pub(crate) struct TableColumn {
    pub(crate) name: String,
    pub(crate) types: Types,
    pub(crate) not_null: bool,
    pub(crate) hidden: bool,
    pub(crate) generated: bool,
    pub(crate) has_default: bool,
    /// The position in the primary key. The first column has position 1. Columns outside the primary key have 0.
    pub(crate) key: i64,
}

/// The tables and views of a database.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    relations: Vec<Relation>,
}

impl Schema {
    /// Reads the schema.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut list = connection.prepare(
            "select name, type, wr, strict from pragma_table_list where schema = 'main'",
        )?;
        let mut rows = list.query([])?;
        let mut relations = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let kind: String = row.get(1)?;
            relations.push(relation(connection, name, &kind, row.get(2)?, row.get(3)?)?);
        }
        Ok(Self { relations })
    }

    /// Returns the names of the tables. Omits SQLite's internal tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        let tables = self.relations.iter().filter(|relation| {
            matches!(relation.body, Body::Table { .. }) && !relation.name.starts_with("sqlite_")
        });
        tables.map(|table| table.name.as_str())
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Relation> {
        let mut relations = self.relations.iter();
        relations.find(|relation| relation.name.eq_ignore_ascii_case(name))
    }
}

fn relation(
    connection: &Connection,
    name: String,
    kind: &str,
    without_rowid: bool,
    strict: bool,
) -> rusqlite::Result<Relation> {
    let mut info = connection.prepare(
        "select name, type, \"notnull\", hidden, pk, dflt_value is not null
         from pragma_table_xinfo(?1) order by cid",
    )?;
    let mut columns = Vec::new();
    let mut key = Vec::new();
    let mut rows = info.query([&name])?;
    while let Some(row) = rows.next()? {
        let declared: String = row.get(1)?;
        let hidden: i64 = row.get(3)?;
        if row.get::<_, i64>(4)? > 0 {
            key.push((columns.len(), declared.eq_ignore_ascii_case("integer")));
        }
        columns.push(TableColumn {
            name: row.get(0)?,
            types: declared::types(&declared, strict),
            not_null: row.get(2)?,
            hidden: hidden == 1,
            generated: hidden >= 2,
            has_default: row.get(5)?,
            key: row.get(4)?,
        });
    }
    let sql: Option<String> = connection
        .query_row(
            "select sql from sqlite_schema where name = ?1",
            [&name],
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    let body = match kind {
        "table" => Body::Table {
            rowid: rowid(connection, &name, &key, without_rowid)?,
            without_rowid,
            sql: sql.unwrap_or_default(),
        },
        "view" => Body::View {
            sql: sql.unwrap_or_default(),
        },
        _ => Body::Virtual,
    };
    Ok(Relation {
        name,
        body,
        columns,
    })
}

/// Returns the index of the column that contains the row id. This is the only column of the primary key, if its
/// declared type is exactly `integer`. A column `integer primary key desc` does not contain the row id: SQLite creates
/// an index for it.
fn rowid(
    connection: &Connection,
    table: &str,
    key: &[(usize, bool)],
    without_rowid: bool,
) -> rusqlite::Result<Option<usize>> {
    let [(column, true)] = key else {
        return Ok(None);
    };
    if without_rowid {
        return Ok(None);
    }
    let has_index: bool = connection.query_row(
        "select exists (select 1 from pragma_index_list(?1) where origin = 'pk')",
        [table],
        |row| row.get(0),
    )?;
    Ok((!has_index).then_some(*column))
}
