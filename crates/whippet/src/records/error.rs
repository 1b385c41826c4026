//! The reason why a record was not changed.

use crate::problem::types::PRECONDITION_FAILED;
use crate::{DbError, Problem};

/// The reason why a [`Modify`](super::Modify) changed no record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The table has no record with this key. Becomes a 404.
    NotFound,
    /// Another request changed the record after it was read, so the stored version differs. Becomes a 409.
    Conflict,
    /// The version of the record is not in the header `If-Match`. Becomes a 412.
    PreconditionFailed,
    /// The statement failed.
    Db(DbError),
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotFound => "the resource does not exist",
            Self::Conflict => "the resource was changed by another request; read it again",
            Self::PreconditionFailed => {
                "If-Match does not match the current ETag; read the resource again"
            }
            Self::Db(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for RecordError {}

impl From<DbError> for RecordError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NotFound => Self::not_found(error.to_string()),
            RecordError::Conflict => Self::conflict(error.to_string()),
            RecordError::PreconditionFailed => PRECONDITION_FAILED.with_detail(error.to_string()),
            RecordError::Db(error) => error.into(),
        }
    }
}
