//! Why the schema cannot be brought up to date.

use whippet_migrations::LedgerError;

use crate::DbError;

/// The reason why the schema cannot be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrateError {
    /// The database has a migration that the program does not have. This migration changes or removes a part of the
    /// schema, so the program is too old for the schema.
    Unknown(String),
    /// A migration was edited after it was applied.
    Edited(String),
    /// A migration is not applied, but a later migration is.
    Skipped {
        /// The migration that is not applied.
        pending: String,
        /// The later migration.
        applied: String,
    },
    /// The program's first migration replaces earlier migrations, but only some of the replaced migrations are applied.
    Incomplete {
        /// The first migration.
        squashed: String,
        /// The last applied migration among the replaced migrations.
        applied: String,
    },
    /// A migration failed and was rolled back.
    Failed {
        /// The file's name.
        name: &'static str,
        /// The line of the statement that failed; `None` if no single statement failed.
        line: Option<usize>,
        /// The error of the database.
        error: DbError,
    },
    /// The migration ledger could not be read or created.
    Ledger(DbError),
}

impl MigrateError {
    /// Returns true if the database's migrations do not match the program's migrations. In this case, trying again does
    /// not help.
    pub(crate) fn is_mismatch(&self) -> bool {
        matches!(
            self,
            Self::Unknown(_) | Self::Edited(_) | Self::Skipped { .. } | Self::Incomplete { .. }
        )
    }
}

impl std::fmt::Display for MigrateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mismatch = match self {
            Self::Failed { name, line, error } => {
                write!(f, "the migration {name} failed and was rolled back: ")?;
                if let Some(line) = line {
                    write!(f, "line {line}: ")?;
                }
                return error.fmt(f);
            }
            Self::Ledger(error) => {
                return write!(
                    f,
                    "the migration ledger d1_migrations cannot be read or created: {error}"
                );
            }
            Self::Unknown(name) => LedgerError::Unknown(name.clone()),
            Self::Edited(name) => LedgerError::Edited(name.clone()),
            Self::Skipped { pending, applied } => LedgerError::Skipped {
                pending: pending.clone(),
                applied: applied.clone(),
            },
            Self::Incomplete { squashed, applied } => LedgerError::Incomplete {
                squashed: squashed.clone(),
                applied: applied.clone(),
            },
        };
        mismatch.fmt(f)
    }
}

impl std::error::Error for MigrateError {}

impl From<DbError> for MigrateError {
    fn from(error: DbError) -> Self {
        Self::Ledger(error)
    }
}

impl From<LedgerError> for MigrateError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Unknown(name) => Self::Unknown(name),
            LedgerError::Edited(name) => Self::Edited(name),
            LedgerError::Skipped { pending, applied } => Self::Skipped { pending, applied },
            LedgerError::Incomplete { squashed, applied } => Self::Incomplete { squashed, applied },
        }
    }
}
