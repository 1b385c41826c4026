//! Finds the storage classes of a column from its declared type.

use super::value::Types;

/// Returns the storage classes of the values that a column with this declared type is meant to hold.
///
/// A STRICT table enforces its types. In an ordinary table, the declared type decides the affinity (SQLite's "Datatypes",
/// section 3.1). A value that the affinity could not convert, such as text in an integer column, is an error when a
/// program reads it.
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
        // A column without a type accepts every value. A date column holds text or numbers.
        Types::ANY
    }
}
