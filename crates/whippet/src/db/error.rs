//! What can go wrong with a query. Handlers match [`DbError::Unique`] and [`DbError::ForeignKey`] where the client can
//! cause them; every other one becomes a 500 whose cause goes to the log.

use crate::Problem;

/// Why a query failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbError {
    /// A row with this key exists already. Holds SQLite's list of columns, such as `users.email`.
    Unique(String),
    /// A referenced row does not exist, or a row is still referenced.
    ForeignKey,
    /// `fetch_one` found no row.
    NoRow,
    /// A row does not fit the type it is read into.
    Decode(String),
    /// The query exceeds a limit that every host keeps because D1 has it.
    Limit(String),
    /// The database was busy for too long; the query may be tried again.
    Busy(String),
    /// Anything else that the database reported.
    Database(String),
}

impl DbError {
    /// The error for a message of SQLite's, whose wording is the same on every host.
    pub(crate) fn from_message(message: impl Into<String>) -> Self {
        let message = message.into();
        if let Some((_, rest)) = message.split_once("UNIQUE constraint failed: ") {
            let columns = rest.split(": SQLITE").next().unwrap_or(rest);
            return Self::Unique(columns.trim().to_owned());
        }
        if message.contains("FOREIGN KEY constraint failed") {
            return Self::ForeignKey;
        }
        if message.contains("database is locked") || message.contains("SQLITE_BUSY") {
            return Self::Busy(message);
        }
        Self::Database(message)
    }

    /// Whether this is a violation of the unique key on `column`, given as `table.column`.
    #[must_use]
    pub fn is_unique(&self, column: &str) -> bool {
        matches!(self, Self::Unique(columns) if columns.split(", ").any(|name| name == column))
    }
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unique(columns) => write!(f, "a row with the same {columns} exists already"),
            Self::ForeignKey => {
                f.write_str("a referenced row does not exist, or the row is still referenced")
            }
            Self::NoRow => {
                f.write_str("the query returned no row; use fetch_optional where that is expected")
            }
            Self::Decode(message) => write!(
                f,
                "the row does not fit the type it is read into: {message}"
            ),
            Self::Limit(message) | Self::Database(message) => f.write_str(message),
            Self::Busy(message) => write!(f, "the database stayed busy, try again: {message}"),
        }
    }
}

impl std::error::Error for DbError {}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::DbError;

    #[test]
    fn unique_columns_are_read_from_the_wording_of_every_host() {
        for message in [
            "UNIQUE constraint failed: endpoints.app_id, endpoints.uid",
            "D1_ERROR: UNIQUE constraint failed: endpoints.app_id, endpoints.uid: SQLITE_CONSTRAINT",
            "D1_ERROR: UNIQUE constraint failed: endpoints.app_id, endpoints.uid: SQLITE_CONSTRAINT (extended: x)",
        ] {
            let error = DbError::from_message(message);
            assert!(error.is_unique("endpoints.uid"), "{error:?}");
            assert!(error.is_unique("endpoints.app_id"), "{error:?}");
            assert!(!error.is_unique("endpoints.u"), "{error:?}");
        }
    }

    #[test]
    fn a_busy_database_is_told_by_the_wording_of_every_host() {
        for message in [
            "database is locked",
            "D1_ERROR: the database cannot be written now: SQLITE_BUSY",
        ] {
            let error = DbError::from_message(message);
            assert_eq!(error, DbError::Busy(message.to_owned()));
        }
    }
}
