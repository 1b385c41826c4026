//! Reads the tables of the migrated database.

use rusqlite::{Connection, OptionalExtension, Result};

use super::model::Parent;

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// The declared type, in lower case.
    pub(super) kind: String,
    pub(super) is_not_null: bool,
    pub(super) default: Option<String>,
    /// The position in the primary key, counted from 1; 0 for a column that is not part of the primary key.
    pub(super) key: i64,
    pub(super) is_generated: bool,
}

/// An index, a trigger or a view.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    /// The table of the index or trigger. For a view, the view's own name.
    pub(super) table: String,
    pub(super) sql: String,
}

/// Returns the columns of a table, or `None` if the table does not exist.
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

/// An index.
#[derive(Debug)]
pub(super) struct KnownIndex {
    pub(super) name: String,
    /// The names of the columns. An empty string stands for an indexed expression.
    pub(super) columns: Vec<String>,
    pub(super) is_unique: bool,
    pub(super) is_partial: bool,
}

/// Returns the indexes of a table, including the indexes of unique constraints.
pub(super) fn indexes(connection: &Connection, table: &str) -> Result<Vec<KnownIndex>> {
    let sql = "select list.name, list.\"unique\", list.partial, info.name
        from pragma_index_list(?1) list, pragma_index_info(list.name) info order by list.seq, info.seqno";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    let mut indexes: Vec<KnownIndex> = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        // An indexed expression has no name.
        let column = row.get::<_, Option<String>>(3)?.unwrap_or_default();
        match indexes.last_mut().filter(|last| last.name == name) {
            Some(index) => index.columns.push(column),
            None => indexes.push(KnownIndex {
                name,
                columns: vec![column],
                is_unique: row.get(1)?,
                is_partial: row.get(2)?,
            }),
        }
    }
    Ok(indexes)
}

/// Returns whether a table, an index, a trigger or a view has this name.
pub(super) fn has_object(connection: &Connection, name: &str) -> Result<bool> {
    let sql = "select count(*) > 0 from sqlite_master where lower(name) = lower(?1)";
    connection.query_row(sql, [name], |row| row.get(0))
}

/// A foreign key that consists of one column.
#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) column: String,
    parent: String,
    /// The column of the parent. `None` means the parent's primary key.
    target: Option<String>,
    on_delete: String,
}

impl ForeignKey {
    /// Returns whether the foreign key refers to `parent` and has the same action. If `parent` has no action, the
    /// foreign key may have any action.
    pub(super) fn is(&self, parent: &Parent) -> bool {
        let target = self.target.as_ref().zip(parent.column.as_ref());
        let on_delete = parent.on_delete.as_ref();
        self.parent.eq_ignore_ascii_case(&parent.table)
            && target.is_none_or(|(a, b)| a.eq_ignore_ascii_case(b))
            && on_delete.is_none_or(|action| {
                let words: Vec<&str> = action.split_whitespace().collect();
                self.on_delete.eq_ignore_ascii_case(&words.join(" "))
            })
    }
}

/// Returns the foreign keys that consist of one column.
pub(super) fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>> {
    let sql = "select \"from\", \"table\", \"to\", on_delete from pragma_foreign_key_list(?1)
        group by id having count(*) = 1";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([table], |row| {
        Ok(ForeignKey {
            column: row.get(0)?,
            parent: row.get(1)?,
            target: row.get(2)?,
            on_delete: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// Returns a name by which SQL can refer to the row id: `rowid`, `_rowid_` or `oid`. Returns `None` if the table has no
/// row id, if the primary key is the row id, or if the table has columns with all three names.
pub(super) fn row_id(connection: &Connection, table: &str) -> Result<Option<&'static str>> {
    // If the primary key has no index, the key is the row id.
    let sql = "select wr or (exists (select 1 from pragma_table_info(?1) where pk > 0)
        and not exists (select 1 from pragma_index_list(?1) where origin = 'pk'))
        from pragma_table_list(?1) where schema = 'main'";
    let is_absent: bool = connection.query_row(sql, [table], |row| row.get(0))?;
    let columns = columns(connection, table)?.unwrap_or_default();
    let is_free = |id: &&str| {
        let mut columns = columns.iter();
        !is_absent && !columns.any(|column| column.name.eq_ignore_ascii_case(id))
    };
    Ok(["rowid", "_rowid_", "oid"].into_iter().find(is_free))
}

/// Returns the indexes, triggers and views in the order of their creation.
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

/// The tables that refer to a table, directly or through other tables.
#[derive(Debug)]
pub(super) struct Dependents {
    /// The tables, each after the tables that it refers to.
    pub(super) tables: Vec<String>,
    /// Whether the table itself refers to one of `tables`. If so, deleting rows of `tables` may change rows of the
    /// table itself.
    pub(super) is_child: bool,
    /// Whether the foreign keys have a cycle: tables that refer to each other, or a table that refers to itself.
    pub(super) is_circular: bool,
}

/// Returns the tables that refer to `table`.
pub(super) fn dependents(connection: &Connection, table: &str) -> Result<Dependents> {
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
    let is_child = references.iter().any(|(child, parent)| {
        same(child, table) && all.iter().any(|dependent| same(dependent, parent))
    });
    let mut is_circular = is_child;
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
    // If a table refers to itself, the check of its foreign keys must be deferred, because a row may be inserted before
    // the row that it refers to.
    is_circular |= references.iter().any(|(child, parent)| {
        same(child, parent) && (same(child, table) || ordered.iter().any(|name| same(name, child)))
    });
    Ok(Dependents {
        tables: ordered,
        is_child,
        is_circular,
    })
}
