//! What the migrated database says about its tables.

use rusqlite::{Connection, OptionalExtension, Result};

use super::model::Index;

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The declared type, in lower case.
    pub(super) kind: String,
    pub(super) is_not_null: bool,
    pub(super) default: Option<String>,
    /// The position in the primary key, from 1, or 0.
    pub(super) key: i64,
    pub(super) is_generated: bool,
}

/// An index, a trigger or a view.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    /// The table of an index or a trigger; the name of a view.
    pub(super) table: String,
    pub(super) sql: String,
}

/// Returns the columns of a table, or `None` if it does not exist.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Option<Vec<Column>>> {
    let sql = "select name, lower(type), \"notnull\", dflt_value, pk, hidden from pragma_table_xinfo(?1) order by cid";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([table], |row| {
        Ok(Column {
            name: row.get(0)?,
            kind: row.get(1)?,
            is_not_null: row.get(2)?,
            default: row.get(3)?,
            key: row.get(4)?,
            is_generated: row.get::<_, i64>(5)? >= 2,
        })
    })?;
    let columns: Vec<Column> = rows.collect::<Result<_>>()?;
    Ok((!columns.is_empty()).then_some(columns))
}

/// Returns the SQL that created a table.
pub(super) fn create_table(connection: &Connection, table: &str) -> Result<Option<String>> {
    let sql = "select sql from sqlite_master where type = 'table' and lower(name) = lower(?1)";
    connection
        .query_row(sql, [table], |row| row.get(0))
        .optional()
}

/// Returns the indexes of whole tables, with those of unique constraints.
pub(super) fn indexes(connection: &Connection, table: &str) -> Result<Vec<Index>> {
    let sql = "select list.seq, list.\"unique\", info.name
        from pragma_index_list(?1) list, pragma_index_info(list.name) info
        where not list.partial order by list.seq, info.seqno";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    let mut indexes: Vec<(i64, Index)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, is_unique): (i64, bool) = (row.get(0)?, row.get(1)?);
        // An indexed expression has no name.
        let column = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        match indexes.last_mut().filter(|(last, _)| *last == id) {
            Some((_, index)) => index.columns.push(column),
            None => {
                let columns = vec![column];
                indexes.push((id, Index { columns, is_unique }));
            }
        }
    }
    Ok(indexes.into_iter().map(|(_, index)| index).collect())
}

/// Returns the columns of a table that are foreign keys of one column.
pub(super) fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let sql = "select \"from\" from pragma_foreign_key_list(?1) group by id having count(*) = 1";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([table], |row| row.get(0))?;
    rows.collect()
}

/// Returns the indexes, triggers and views in the order in which they were created.
pub(super) fn objects(connection: &Connection) -> Result<Vec<Object>> {
    let sql = "select type, name, tbl_name, sql from sqlite_master
        where type <> 'table' and sql is not null order by rowid";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Object {
            kind: row.get(0)?,
            name: row.get(1)?,
            table: row.get(2)?,
            sql: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// Returns the tables that refer to `table`, directly or through other tables, each after the tables that it refers to,
/// and whether tables refer to each other in a circle.
pub(super) fn dependents(connection: &Connection, table: &str) -> Result<(Vec<String>, bool)> {
    let sql = "select distinct t.name, k.\"table\" from pragma_table_list t, pragma_foreign_key_list(t.name) k
        where t.schema = 'main' and t.type = 'table' order by t.name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let references: Vec<(String, String)> = rows.collect::<Result<_>>()?;
    let same = str::eq_ignore_ascii_case;
    let mut all: Vec<String> = Vec::new();
    let mut next = vec![table.to_owned()];
    while let Some(parent) = next.pop() {
        for (child, of) in &references {
            let is_new = !same(child, table) && !all.iter().any(|known| same(known, child));
            if same(of, &parent) && is_new {
                all.push(child.clone());
                next.push(child.clone());
            }
        }
    }
    let mut ordered: Vec<String> = Vec::new();
    let mut is_circular = references.iter().any(|(child, parent)| {
        same(child, table) && all.iter().any(|dependent| same(dependent, parent))
    });
    while !all.is_empty() {
        let is_free = |child: &String| {
            let mut parents = references
                .iter()
                .filter(|(of, parent)| same(of, child) && !same(parent, child));
            parents.all(|(_, parent)| !all.iter().any(|left| same(left, parent)))
        };
        let at = all.iter().position(is_free).unwrap_or_else(|| {
            is_circular = true;
            0
        });
        ordered.push(all.remove(at));
    }
    // A table that refers to itself needs its rows in any order.
    is_circular |= references.iter().any(|(child, parent)| {
        same(child, parent) && (same(child, table) || ordered.iter().any(|name| same(name, child)))
    });
    Ok((ordered, is_circular))
}
