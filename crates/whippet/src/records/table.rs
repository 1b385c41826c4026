//! The pieces of SQL from which the statements of a record are built.

use crate::db::checked::Values;

/// The pieces of SQL for the table of a record. `#[derive(Record)]` checks each statement that is built from these
/// pieces.
#[derive(Debug)]
pub struct Table {
    /// The name of the table.
    pub name: &'static str,
    /// The name of the table as SQL, in brackets if necessary.
    pub sql: &'static str,
    /// The columns of the primary key.
    pub key: &'static [&'static str],
    /// The SQL ` where … = ?1 and …`, with a parameter for each column of the key.
    pub by_key: &'static str,
    /// The SQL ` returning …`, with the columns of the record.
    pub returning: &'static str,
    /// An assignment that changes nothing, such as `id = id`. An update needs it if a patch has no new values.
    pub nothing: &'static str,
    /// The name of the column with the version as SQL, in brackets if necessary.
    pub version: Option<&'static str>,
}

/// Returns whether the table is named `name`, and its key consists only of the column `target`. If `target` is `None`,
/// any key of one column matches.
#[must_use]
pub const fn has_key(table: &Table, name: &str, target: Option<&str>) -> bool {
    let [key] = table.key else {
        return false;
    };
    let is_key = match target {
        Some(target) => same(key, target),
        None => true,
    };
    is_key && same(table.name, name)
}

/// Returns whether two names refer to the same table or column. SQLite ignores the case of names.
pub(super) const fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Returns the values that `write` returns for the columns.
pub(super) fn values(
    columns: &[u8],
    write: &dyn Fn(u8) -> Result<crate::Value, crate::DbError>,
) -> Values {
    columns.iter().map(|column| write(*column)).collect()
}
