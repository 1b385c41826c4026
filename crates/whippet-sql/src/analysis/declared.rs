//! Finds the storage classes of a column's values from the declared type of the column.

use super::value::Types;

/// Returns the storage classes of the values in a column with this declared type.
///
/// A STRICT table contains only values of the declared types. In any other table, the declared type sets the affinity
/// (SQLite's "Datatypes", section 3.1): SQLite converts a value if possible, and otherwise stores the value unchanged,
/// such as text in an integer column. Such a value causes an error when a program reads the column.
pub(crate) fn types(declared: &str, strict: bool) -> Types {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    if strict {
        return match declared.as_str() {
            "INT" | "INTEGER" => Types::INTEGER,
            "REAL" => Types::REAL,
            "TEXT" => Types::TEXT,
            "BLOB" => Types::BLOB,
            _ => Types::ANY,
        };
    }
    if has(&["INT"]) {
        Types::INTEGER
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Types::TEXT
    } else if has(&["BLOB"]) {
        Types::BLOB
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Types::REAL
    } else if has(&["BOOL"]) {
        Types::BOOLEAN
    } else if has(&["DEC", "NUM"]) {
        Types::INTEGER.union(Types::REAL)
    } else {
        // A column without a type accepts every value. A column with the type `date` can contain text or numbers.
        Types::ANY
    }
}
