//! Reads what the name of a result column states about the column: `as "n!"` (never null), `as "n?"` (can be null) or
//! `as "n: Type"` (the Rust type).

/// The parts of a column's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ColumnName<'a> {
    /// The name without its suffix, which becomes the name of the field.
    pub(crate) field: &'a str,
    /// Whether the column can be null. `None` if the name does not state this.
    pub(crate) nullable: Option<bool>,
    /// The Rust type. `None` if the name does not state a type.
    pub(crate) rust_type: Option<&'a str>,
}

pub(crate) fn parse(name: &str) -> ColumnName<'_> {
    let (name, rust_type) = match name.split_once(':') {
        Some((name, rust_type)) => (name.trim_end(), Some(rust_type.trim())),
        None => (name, None),
    };
    let (field, nullable) = if let Some(field) = name.strip_suffix('!') {
        (field, Some(false))
    } else if let Some(field) = name.strip_suffix('?') {
        (field, Some(true))
    } else {
        (name, None)
    };
    ColumnName {
        field,
        nullable,
        rust_type,
    }
}
