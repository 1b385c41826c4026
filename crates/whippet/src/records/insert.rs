//! Statements that insert a record.

use std::fmt;
use std::marker::PhantomData;

use super::record::Record;
use crate::db::checked::{TypedQuery, Values, composed, fixed};
use crate::{Db, DbError, Query};

/// A statement that inserts or replaces a record: [`Record::insert`] or [`Record::upsert`]. An `Insert` does nothing
/// until it is run, alone or in a [`Db::batch`].
#[must_use = "a statement does nothing until it is run or batched"]
pub struct Insert<T> {
    sql: &'static str,
    values: Values,
    record: PhantomData<fn() -> T>,
}

impl<T: Record> Insert<T> {
    pub(super) fn new(sql: &'static str, values: Values) -> Self {
        Self {
            sql,
            values,
            record: PhantomData,
        }
    }

    /// Runs the statement.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Unique`] if another record already has a value that must be unique. Also returns any other
    /// error that the database reports.
    pub async fn execute(self, db: &Db) -> Result<u64, DbError> {
        Query::from(self).execute(db).await
    }

    /// Runs the statement and returns the stored record, including the values that the database has set. The record
    /// does not contain the changes of `after` triggers, because SQLite returns the row before these triggers run.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`execute`](Self::execute). Also returns [`DbError::Decode`] if a value does not fit
    /// into its field.
    pub async fn fetch_one(self, db: &Db) -> Result<T, DbError> {
        self.returning().fetch_one(db).await
    }

    /// Converts the statement into a query for a [`Db::batch`]. The query returns the same record as
    /// [`fetch_one`](Self::fetch_one). To read this record from the results of the batch, use the reader from
    /// [`TypedQuery::into_parts`].
    pub fn returning(self) -> TypedQuery<T> {
        let query = composed(&[self.sql, T::TABLE.returning], self.values);
        TypedQuery::new(query, T::COLUMNS, T::from_row)
    }
}

impl<T> From<Insert<T>> for Query {
    fn from(insert: Insert<T>) -> Self {
        fixed(insert.sql, insert.values)
    }
}

impl<T> fmt::Debug for Insert<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Insert").field(&self.sql).finish()
    }
}
