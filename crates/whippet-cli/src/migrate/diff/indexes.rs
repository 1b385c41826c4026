//! The indexes that a record requests but that its table does not have.

use anyhow::Result;
use rusqlite::Connection;

use super::database::{self, KnownIndex};
use super::model::{Index, Record};
use super::statements::{create_index, name};

/// Returns the statements that create the missing indexes of a record.
pub(super) fn missing(connection: &Connection, record: &Record) -> Result<Vec<String>> {
    let existing = database::indexes(connection, &record.table)?;
    let mut created: Vec<&Index> = Vec::new();
    let mut statements = Vec::new();
    let mut names = Vec::new();
    for index in &record.indexes {
        let mut unique = record.indexes.iter().filter(|other| other.is_unique);
        let is_covered = !index.is_unique && unique.any(|other| begins(&other.columns, index));
        if is_covered || created.contains(&index) || existing.iter().any(|known| has(known, index))
        {
            continue;
        }
        created.push(index);
        let mut own = format!("{}_{}", record.table, index.columns.join("_"));
        // The table may already have a non-unique index with this name and these columns. The new index replaces it.
        let replaced = existing.iter().find(|known| {
            known.name.eq_ignore_ascii_case(&own)
                && !known.is_partial
                && known.columns.len() == index.columns.len()
                && begins(&known.columns, index)
        });
        match replaced {
            Some(known) => statements.push(format!("drop index {};", name(&known.name))),
            None => {
                while database::has_object(connection, &own)? || names.contains(&own) {
                    own.push('_');
                }
            }
        }
        statements.push(create_index(record, index, &own));
        names.push(own);
    }
    Ok(statements)
}

/// Returns whether an existing index makes the index `wanted` unnecessary.
fn has(known: &KnownIndex, wanted: &Index) -> bool {
    let is_unique = known.is_unique && known.columns.len() == wanted.columns.len();
    !known.is_partial && begins(&known.columns, wanted) && (is_unique || !wanted.is_unique)
}

/// Returns whether `columns` begin with the columns of an index.
fn begins(columns: &[String], index: &Index) -> bool {
    let mut pairs = columns.iter().zip(&index.columns);
    columns.len() >= index.columns.len() && pairs.all(|(a, b)| a.eq_ignore_ascii_case(b))
}
