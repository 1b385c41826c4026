//! Describes the columns and parameters of a checked statement.

/// The SQL type of a column or a parameter. The macros reject a Rust type that does not match the SQL type.
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
    /// Any type: the type is not known, or different rows have different types.
    Any,
}

/// A column that a statement returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of the column that SQLite reports.
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
    /// True if null makes sense as the value. Null makes no sense if the value is stored in a column that is
    /// `not null`. Null also makes no sense in `x = :x`, because this comparison is never true for null.
    pub nullable: bool,
    /// How the statement uses the parameter.
    pub role: Role,
}

/// How a statement uses a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The parameter always has a value.
    Value,
    /// The value of the parameter is optional. Without a value, the statement omits every piece that contains the
    /// parameter.
    Optional,
    /// The parameter is a `bool`. It decides whether a piece is part of the statement, as in `{if :condition …}`.
    Condition,
    /// The parameter is the cursor of a page.
    Page,
}
