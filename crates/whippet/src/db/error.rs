//! The errors that queries return.
//!
//! A handler should check for the errors that a client can cause, such as [`DbError::Unique`] and
//! [`DbError::ForeignKey`]. If a handler returns a [`DbError`], the response is a 500, or a 503 if the database is
//! busy. The cause is logged.

use super::failure::{Failure, read_message};
use crate::Problem;

/// The reason why a query failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbError {
    /// A row with the same unique key already exists: see [`is_unique`](Self::is_unique).
    Unique {
        /// The name of the table. Empty for a unique index on expressions: SQLite reports only the name of such an
        /// index.
        table: String,
        /// The columns of the unique key, in the order of the key; for a unique index on expressions, the name of the
        /// index.
        columns: Vec<String>,
    },
    /// The query violates a foreign key: a referenced row does not exist, or a row is still referenced. SQLite does not
    /// report which foreign key is violated.
    ForeignKey,
    /// The query stores null in a `not null` column.
    NotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The query violates a `check` constraint.
    Check {
        /// The name of the constraint, or the text of its expression if the constraint has no name. SQLite does not
        /// report the table of a check, so give a check a name that includes its table and column: `constraint
        /// users_age check (age >= 0)`.
        constraint: String,
    },
    /// `fetch_one` found no row.
    NoRow,
    /// A value of the database cannot be converted to or from a Rust type.
    Decode(String),
    /// The query exceeds a limit of D1. The limits of D1 apply on every host.
    Limit(String),
    /// The database cannot run the query now: it is locked or overloaded, or the connection to it was lost. Becomes a
    /// 503 with `Retry-After`. If the connection was lost, a query that writes may have taken effect.
    Busy(String),
    /// An error from the database that no other variant describes.
    Database(String),
}

impl DbError {
    /// Converts an error message of the database to an error.
    pub(crate) fn from_message(message: impl Into<String>) -> Self {
        let message = message.into();
        let column_of = |path: &str| match path.split_once('.') {
            Some((table, column)) => (table.to_owned(), column.to_owned()),
            None => (String::new(), path.to_owned()),
        };
        match read_message(&message) {
            Failure::Unique(columns) => {
                let (tables, columns): (Vec<_>, _) = columns.split(", ").map(column_of).unzip();
                let table = tables.into_iter().next().unwrap_or_default();
                Self::Unique { table, columns }
            }
            Failure::ForeignKey => Self::ForeignKey,
            Failure::NotNull(path) => {
                let (table, column) = column_of(path);
                Self::NotNull { table, column }
            }
            Failure::Check(constraint) => Self::Check {
                constraint: constraint.to_owned(),
            },
            Failure::Limit(limit) => Self::Limit(format!("{limit} ({message})")),
            Failure::Busy => Self::Busy(message),
            Failure::MissingTable | Failure::Other => Self::Database(message),
        }
    }

    /// Returns whether the query failed because a table does not exist.
    pub(crate) fn is_missing_table(&self) -> bool {
        matches!(self, Self::Database(message) if read_message(message) == Failure::MissingTable)
    }

    /// Returns whether the error is a violation of a constraint. After such an error, the connection is neither broken
    /// nor in the middle of a transaction.
    #[cfg(all(feature = "spin", target_arch = "wasm32"))]
    pub(crate) fn is_constraint(&self) -> bool {
        matches!(
            self,
            Self::Unique { .. } | Self::ForeignKey | Self::NotNull { .. } | Self::Check { .. }
        )
    }

    /// Returns whether the error is a violation of a unique key that includes `column`. Write `column` as
    /// `table.column`. For a unique index on expressions, pass the name of the index as `column`.
    #[must_use]
    pub fn is_unique(&self, column: &str) -> bool {
        let Self::Unique { table, columns } = self else {
            return false;
        };
        let column = match column.split_once('.') {
            Some((of, column)) if of == table => column,
            None if table.is_empty() => column,
            _ => return false,
        };
        columns.iter().any(|name| name == column)
    }

    /// Returns whether the error is a violation of the `check` constraint with this name.
    #[must_use]
    pub fn is_check(&self, name: &str) -> bool {
        matches!(self, Self::Check { constraint } if constraint == name)
    }
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unique { table, columns } => {
                let columns = columns.join(", ");
                let dot = if table.is_empty() { "" } else { "." };
                write!(f, "a row with the same {table}{dot}{columns} already exists")
            }
            Self::ForeignKey => {
                f.write_str("the query violates a foreign key: a referenced row does not exist, or a row is still referenced")
            }
            Self::NotNull { table, column } => write!(f, "{table}.{column} must not be null"),
            Self::Check { constraint } => write!(f, "the query violates the check {constraint}"),
            Self::NoRow => {
                f.write_str("the query returned no row; use fetch_optional if the row is optional")
            }
            Self::Decode(message) => write!(f, "a database value cannot be converted: {message}"),
            Self::Limit(message) | Self::Database(message) => f.write_str(message),
            Self::Busy(message) => {
                write!(f, "the database is busy; retry the query: {message}")
            }
        }
    }
}

impl std::error::Error for DbError {}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy(_) => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DbError;

    #[test]
    fn is_unique_compares_whole_names() {
        let error =
            DbError::from_message("UNIQUE constraint failed: endpoints.app_id, endpoints.uid");
        assert!(error.is_unique("endpoints.uid") && error.is_unique("endpoints.app_id"));
        for other in ["endpoints.u", "uid", "endpoints", "other.uid"] {
            assert!(!error.is_unique(other), "{other}");
        }
        assert_eq!(
            error.to_string(),
            "a row with the same endpoints.app_id, uid already exists"
        );
        let error = DbError::from_message("UNIQUE constraint failed: index 'users_lower_email'");
        assert!(error.is_unique("users_lower_email") && !error.is_unique("users.email"));
    }
}
