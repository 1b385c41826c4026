//! Describes tables for the macros that map a struct to a table.

use crate::Checker;
use crate::schema::Body;

/// A table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns, in the order of the `create table` statement.
    pub columns: Vec<TableColumn>,
    /// The columns of the primary key, in the order of the `primary key` clause. Empty if the table has no primary key.
    pub key: Vec<String>,
    /// The foreign keys that consist of one column.
    pub references: Vec<Reference>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// The name.
    pub name: String,
    /// True if SQLite computes the values from other columns.
    pub generated: bool,
    /// True if an `insert` must contain a value for the column, because the column is `not null` and has no default.
    pub required: bool,
}

/// A foreign key that consists of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The column.
    pub column: String,
    /// The other table, to which the column refers.
    pub table: String,
    /// The column of the other table. `None` if the foreign key refers to the primary key of the other table.
    pub target: Option<String>,
}

impl Checker {
    /// Returns a table.
    ///
    /// # Errors
    ///
    /// Returns an error if the database has no table with this name, or if the name belongs to a view or a virtual
    /// table.
    pub fn table(&self, name: &str) -> Result<Table, String> {
        let relation = self.schema.find(name).ok_or_else(|| {
            let tables: Vec<&str> = self.schema.tables().collect();
            format!(
                "the migrations do not create a table `{name}`; the tables are: {}",
                tables.join(", ")
            )
        })?;
        let rowid = match &relation.body {
            Body::Table { rowid, .. } => *rowid,
            Body::View { .. } | Body::Virtual => {
                return Err(format!(
                    "`{name}` is a view or a virtual table: read its rows with `query_as!`"
                ));
            }
        };
        let columns = relation.columns.iter().enumerate();
        let columns = columns.map(|(index, column)| TableColumn {
            name: column.name.clone(),
            generated: column.generated,
            // An `insert` may omit the row id, because SQLite then assigns the next row id.
            required: column.not_null
                && !column.has_default
                && !column.generated
                && rowid != Some(index),
        });
        let mut key: Vec<_> = relation
            .columns
            .iter()
            .filter(|column| column.key > 0)
            .collect();
        key.sort_by_key(|column| column.key);
        Ok(Table {
            columns: columns.collect(),
            key: key.into_iter().map(|column| column.name.clone()).collect(),
            references: self.references(name).map_err(|error| error.to_string())?,
        })
    }

    fn references(&self, table: &str) -> rusqlite::Result<Vec<Reference>> {
        let mut list = self.connection.prepare(
            "select \"from\", \"table\", \"to\" from pragma_foreign_key_list(?1)
             group by id having count(*) = 1",
        )?;
        let rows = list.query_map([table], |row| {
            Ok(Reference {
                column: row.get(0)?,
                table: row.get(1)?,
                target: row.get(2)?,
            })
        })?;
        rows.collect()
    }

    /// Returns a name in the form in which SQL can contain it. If SQLite accepts the name only in brackets, such as
    /// `[order]`, adds the brackets.
    ///
    /// # Errors
    ///
    /// Returns an error if the name cannot be written in SQL.
    pub fn quoted(&self, name: &str) -> Result<String, String> {
        let is_accepted = |name: &str| {
            let sql = format!("with named({name}) as (select 1) select {name} from named");
            self.connection.prepare(&sql).is_ok()
        };
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        if name.chars().all(is_word) && is_accepted(name) {
            return Ok(name.to_owned());
        }
        let quoted = format!("[{name}]");
        if name.contains(']') || !is_accepted(&quoted) {
            return Err(format!("`{name}` is not a valid name in SQL"));
        }
        Ok(quoted)
    }
}
