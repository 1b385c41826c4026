//! The parts of SQL that the statements of a record share.

use crate::db::checked::Values;

/// The parts of a record's SQL. `#[derive(Record)]` checks each statement that is built from these parts.
#[derive(Debug)]
pub struct Table {
    /// The name of the table.
    pub name: &'static str,
    /// The name of the table in SQL.
    pub sql: &'static str,
    /// The columns of the primary key.
    pub key: &'static [&'static str],
    /// ` where … = ?1 and …`, with a parameter for each column of the key.
    pub by_key: &'static str,
    /// ` returning …`, with the columns of the record.
    pub returning: &'static str,
    /// An assignment that changes nothing, for an update without values.
    pub nothing: &'static str,
    /// The name of the version's column in SQL.
    pub version: Option<&'static str>,
}

/// Returns whether `table` has the name `name` and the key `target`. If `target` is `None`, any key that consists of
/// one column matches.
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

/// Returns whether two names are the same name in SQLite.
pub(super) const fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Collects the values of columns.
pub(super) fn values(
    columns: &[u8],
    write: &dyn Fn(u8) -> Result<crate::Value, crate::DbError>,
) -> Values {
    columns.iter().map(|column| write(*column)).collect()
}
