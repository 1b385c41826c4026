//! The errors that queries return, and a parser for SQLite's error messages.
//!
//! A handler should match [`DbError::Unique`] and [`DbError::ForeignKey`] if a client can cause these errors. A
//! [`DbError`] that a handler does not match becomes a 500 response, and its cause is logged.

use crate::Problem;

/// The reason why a query failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DbError {
    /// A row with the same unique key already exists. The error contains the columns of the unique key as SQLite lists
    /// them, such as `users.email`, or `books.author, books.title`.
    Unique(String),
    /// The query violates a foreign key: a referenced row does not exist, or a row is still referenced.
    ForeignKey,
    /// `fetch_one` found no row.
    NoRow,
    /// A value of the database cannot be converted to or from a Rust type.
    Decode(String),
    /// The query exceeds a limit of D1. The limits of D1 apply on every host.
    Limit(String),
    /// The database was locked for too long. The caller can retry the query.
    Busy(String),
    /// An error of the database that no other variant describes.
    Database(String),
}

impl DbError {
    /// Creates the error for an error message of the database.
    pub(crate) fn from_message(message: impl Into<String>) -> Self {
        let message = message.into();
        match read_message(&message) {
            Failure::Unique(columns) => Self::Unique(columns.to_owned()),
            Failure::ForeignKey => Self::ForeignKey,
            Failure::Busy => Self::Busy(message),
            Failure::MissingTable | Failure::Other => Self::Database(message),
        }
    }

    /// Returns whether the query failed because a table does not exist.
    pub(crate) fn is_missing_table(&self) -> bool {
        matches!(self, Self::Database(message) if read_message(message) == Failure::MissingTable)
    }

    /// Returns whether the error is a violation of a unique key that includes `column`. `column` has the form
    /// `table.column`.
    #[must_use]
    pub fn is_unique(&self, column: &str) -> bool {
        matches!(self, Self::Unique(columns) if columns.split(", ").any(|name| name == column))
    }
}

/// The failures that [`read_message`] distinguishes.
#[derive(Debug, PartialEq, Eq)]
enum Failure<'a> {
    /// A violation of the unique key with these columns.
    Unique(&'a str),
    ForeignKey,
    Busy,
    MissingTable,
    Other,
}

/// Reads the failure from an error message, because D1 and Spin report only messages, without error codes. Each message
/// contains SQLite's own text. D1 appends `: SQLITE_…` to SQLite's text, and libSQL encloses SQLite's text in quotes.
fn read_message(message: &str) -> Failure<'_> {
    if let Some((_, rest)) = message.split_once("UNIQUE constraint failed: ") {
        let columns = rest.split(": SQLITE").next().unwrap_or(rest);
        let columns = columns.split(['"', '`']).next().unwrap_or(columns);
        return Failure::Unique(columns.trim());
    }
    if message.contains("FOREIGN KEY constraint failed") {
        return Failure::ForeignKey;
    }
    if message.contains("database is locked") || message.contains("SQLITE_BUSY") {
        return Failure::Busy;
    }
    if message.contains("no such table") {
        return Failure::MissingTable;
    }
    Failure::Other
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unique(columns) => write!(f, "a row with the same {columns} already exists"),
            Self::ForeignKey => {
                f.write_str("the query violates a foreign key: a referenced row does not exist, or a row is still referenced")
            }
            Self::NoRow => {
                f.write_str("the query returned no row; use fetch_optional if the row is optional")
            }
            Self::Decode(message) => write!(f, "a database value cannot be converted: {message}"),
            Self::Limit(message) | Self::Database(message) => f.write_str(message),
            Self::Busy(message) => {
                write!(f, "the database stayed busy; retry the query: {message}")
            }
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
    use super::{DbError, Failure, read_message};

    const UNIQUE: Failure<'_> = Failure::Unique("endpoints.app_id, endpoints.uid");

    #[test]
    fn the_error_messages_of_every_host_are_recognized() {
        let d1 = "D1_ERROR: UNIQUE constraint failed: endpoints.app_id, endpoints.uid: SQLITE_CONSTRAINT";
        let d1_extended = format!("{d1} (extended: SQLITE_CONSTRAINT_UNIQUE)");
        for (message, failure) in [
            // Messages on the native host, and on Spin with a database file.
            (
                "UNIQUE constraint failed: endpoints.app_id, endpoints.uid",
                UNIQUE,
            ),
            ("FOREIGN KEY constraint failed", Failure::ForeignKey),
            ("database is locked", Failure::Busy),
            ("no such table: d1_migrations", Failure::MissingTable),
            ("no such column: uid", Failure::Other),
            // Messages on Workers.
            (d1, UNIQUE),
            (&d1_extended, UNIQUE),
            (
                "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT",
                Failure::ForeignKey,
            ),
            (
                "D1_ERROR: the database cannot be written now: SQLITE_BUSY",
                Failure::Busy,
            ),
            (
                "D1_ERROR: no such table: d1_migrations: SQLITE_ERROR",
                Failure::MissingTable,
            ),
            // The message of a violated unique key, as libSQL reports it on Spin.
            (
                r#"Hrana: `stream error: `Error { message: "SQLite error: UNIQUE constraint failed: endpoints.app_id, endpoints.uid", code: "SQLITE_CONSTRAINT" }``"#,
                UNIQUE,
            ),
        ] {
            assert_eq!(read_message(message), failure, "{message}");
        }
    }

    #[test]
    fn is_unique_compares_whole_column_names() {
        let error =
            DbError::from_message("UNIQUE constraint failed: endpoints.app_id, endpoints.uid");
        assert!(error.is_unique("endpoints.uid") && error.is_unique("endpoints.app_id"));
        assert!(!error.is_unique("endpoints.u") && !error.is_unique("uid"));
    }

    /// The tests of this module fail if an upgrade of SQLite changes SQLite's error messages.
    #[cfg(not(target_arch = "wasm32"))]
    mod with_sqlite {
        use std::time::Duration;

        use super::DbError;
        use crate::Statement;
        use crate::host::sqlite::{open, run};

        fn statement(sql: &'static str) -> Statement {
            Statement {
                sql: sql.into(),
                values: Vec::new(),
            }
        }

        #[test]
        fn violated_constraints_and_missing_tables_are_recognized() {
            let connection = open(":memory:").expect("a database");
            let run = |sql| run(&connection, &statement(sql));
            for sql in [
                "create table authors (id integer primary key, name text unique)",
                "create table books (author integer not null references authors (id), title text, unique (author, title))",
                "insert into authors values (1, 'Ada')",
                "insert into books values (1, 'Notes')",
            ] {
                run(sql).expect(sql);
            }
            for (sql, expected) in [
                (
                    "insert into authors values (1, 'Bob')",
                    DbError::Unique("authors.id".to_owned()),
                ),
                (
                    "insert into authors values (2, 'Ada')",
                    DbError::Unique("authors.name".to_owned()),
                ),
                (
                    "insert into books values (1, 'Notes')",
                    DbError::Unique("books.author, books.title".to_owned()),
                ),
                ("insert into books values (9, 'Notes')", DbError::ForeignKey),
                ("delete from authors", DbError::ForeignKey),
            ] {
                assert_eq!(run(sql).expect_err(sql), expected, "{sql}");
            }
            for (sql, is_missing_table) in [
                ("select name from shelves", true),
                ("insert into shelves values (1)", true),
                ("select shelf from books", false),
                ("insert into books values (null, 'Notes')", false),
                ("create table books (id)", false),
                ("select", false),
            ] {
                let error = run(sql).expect_err(sql);
                assert!(matches!(error, DbError::Database(_)), "{sql}: {error:?}");
                assert_eq!(
                    error.is_missing_table(),
                    is_missing_table,
                    "{sql}: {error:?}"
                );
            }
        }

        #[test]
        fn a_locked_database_is_recognized() {
            let folder = std::env::temp_dir().join(format!("whippet-lock-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            let path = folder.join("test.db");
            let open = || open(path.to_str().expect("a path")).expect("a database");
            let (first, second) = (open(), open());
            second.busy_timeout(Duration::ZERO).expect("no timeout");
            run(&first, &statement("begin immediate")).expect("a lock");
            let error = run(&second, &statement("begin immediate")).expect_err("a lock");
            assert!(matches!(error, DbError::Busy(_)), "{error:?}");
            drop((first, second));
            std::fs::remove_dir_all(folder).expect("the folder");
        }
    }
}
