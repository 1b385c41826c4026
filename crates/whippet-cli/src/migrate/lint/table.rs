//! Rules about the tables that a file creates: W009, W010, W011, W015.

use super::parsed::line_of_table;
use super::{Reports, Subject};
use crate::migrate::schema::{ForeignKey, Table};

pub(super) fn check(subject: &Subject<'_>) -> Reports {
    let mut reports = Vec::new();
    for table in &subject.after.tables {
        let mut report = |rule, message: String| {
            reports.push((
                rule,
                line_of_table(subject.statements, &table.name),
                message,
            ));
        };
        let before = subject.before.table(&table.name);
        let is_old =
            |key: &ForeignKey| before.is_some_and(|before| before.foreign_keys.contains(key));
        for key in table
            .foreign_keys
            .iter()
            .filter(|key| !is_old(key) && !has_index(table, key))
        {
            let columns = key.columns.join(", ");
            report(
                "W009",
                format!(
                    "the foreign key to {} needs an index: no index of {} begins with {columns}",
                    key.parent, table.name
                ),
            );
        }
        if before.is_some() {
            continue;
        }
        if !table.is_strict {
            report("W010", format!("the table {} is not strict", table.name));
        }
        let alias = table.rowid_alias();
        let is_nullable_key = |name: &str, is_key, is_not_null: bool| {
            is_key && !is_not_null && table.has_rowid && alias != Some(name)
        };
        for column in &table.columns {
            if is_nullable_key(&column.name, column.is_key, column.is_not_null) {
                report(
                    "W011",
                    format!("{}.{} may be null", table.name, column.name),
                );
            }
        }
        if let Some(id) = alias.filter(|_| !table.has_autoincrement) {
            report(
                "W015",
                format!(
                    "SQLite may reuse a value of {}.{id} after its row is deleted",
                    table.name
                ),
            );
        }
    }
    reports
}

/// Returns whether a foreign key is indexed: an index begins with the columns of the key, in any order, or the only
/// column of the key is the rowid.
fn has_index(table: &Table, key: &ForeignKey) -> bool {
    let count = key.columns.len();
    let is_covered = |columns: &[String]| key.columns.iter().all(|column| columns.contains(column));
    let mut indexes = table.indexes.iter();
    let is_rowid = table
        .rowid_alias()
        .is_some_and(|alias| key.columns == [alias]);
    is_rowid || indexes.any(|columns| columns.get(..count).is_some_and(is_covered))
}
