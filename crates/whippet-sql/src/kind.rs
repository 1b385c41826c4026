//! The columns and parameters that the check of a statement finds.

/// The SQL type of a column or a parameter. The Rust type has to match the SQL type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The integers 0 and 1.
    Boolean,
    /// `INTEGER`.
    Integer,
    /// `REAL`.
    Real,
    /// `INTEGER` or `REAL`.
    Number,
    /// `TEXT`.
    Text,
    /// `BLOB`.
    Blob,
    /// A type that is not known, or that differs from row to row.
    Any,
}

/// A column that a statement returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of the column, as SQLite reports it.
    pub name: String,
    /// The name without the suffix in `as "name!"`, `as "name?"` or `as "name: Type"`.
    pub field: String,
    /// The Rust type in `as "name: Type"`.
    pub rust_type: Option<String>,
    /// The type of the column's values.
    pub kind: Kind,
    /// Whether a value of the column can be null.
    pub nullable: bool,
}

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name without the colon: `name` for `:name`. `None` for a parameter without a name.
    pub name: Option<String>,
    /// The type of the parameter's values.
    pub kind: Kind,
    /// Whether null makes sense as the value. For example, null makes no sense for a column that is `not null`. Null
    /// also makes no sense in `x = :x`, because this comparison is never true for null.
    pub nullable: bool,
    /// How the statement uses the parameter.
    pub role: Role,
}

/// How a statement uses a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The parameter is always bound.
    Value,
    /// If the parameter has no value, the pieces of the statement that name the parameter are left out.
    Optional,
    /// The parameter is a condition, which decides whether a piece is part of the statement.
    Condition,
    /// The parameter is the cursor of a page.
    Page,
}
