//! The tables of the records, each after the tables that it refers to.

use super::model::{Field, Record};

/// Returns one record for each table. A record comes after its parents. If several records have the same table, the
/// returned record has the fields and the indexes of all these records.
pub(super) fn tables(records: &[Record]) -> Vec<Record> {
    let mut left: Vec<Record> = Vec::new();
    for record in records {
        let same = |known: &&mut Record| known.table.eq_ignore_ascii_case(&record.table);
        match left.iter_mut().find(same) {
            Some(known) => merge(known, record),
            None => left.push(record.clone()),
        }
    }
    let mut ordered: Vec<Record> = Vec::new();
    while !left.is_empty() {
        let is_free = |record: &Record| {
            let fields = record.fields.iter();
            let mut parents = fields.filter_map(|field| field.parent.as_ref());
            parents.all(|parent| {
                let is = |table: &str| parent.table.eq_ignore_ascii_case(table);
                is(&record.table) || !left.iter().any(|other| is(&other.table))
            })
        };
        let at = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(at));
    }
    ordered
}

fn merge(record: &mut Record, other: &Record) {
    // By default, the key is the field `id`. Fields with the setting `key` override this default.
    if other.has_key && !record.has_key {
        record
            .fields
            .iter_mut()
            .for_each(|field| field.is_key = false);
    }
    for field in &other.fields {
        let is_key = field.is_key && (other.has_key || !record.has_key);
        let same = |known: &&mut Field| known.column.eq_ignore_ascii_case(&field.column);
        match record.fields.iter_mut().find(same) {
            Some(known) => {
                known.is_key |= is_key;
                known.is_version |= field.is_version;
                // If the field of one record cannot be null, the column must be `not null`.
                known.nullable &= field.nullable;
                if known.default.sql().is_none() && !field.default.is_absent() {
                    known.default = field.default.clone();
                }
                if known.generated.sql().is_none() && !field.generated.is_absent() {
                    known.generated = field.generated.clone();
                }
                if known
                    .parent
                    .as_ref()
                    .is_none_or(|parent| parent.on_delete.is_none())
                {
                    known.parent = field.parent.clone().or(known.parent.take());
                }
            }
            None => record.fields.push(Field {
                is_key,
                ..field.clone()
            }),
        }
    }
    record.has_key |= other.has_key;
    record.indexes.extend(other.indexes.iter().cloned());
}
