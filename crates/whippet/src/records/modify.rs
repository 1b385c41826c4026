//! Statements that change or delete one record.

use std::fmt;
use std::marker::PhantomData;

use super::error::RecordError;
use super::record::Record;
use super::table::Table;
use crate::db::checked::{TypedQuery, Values, composed, integer};
use crate::response::IfMatch;
use crate::{Db, DbError, Query, Value};

/// A statement that changes or deletes one record: [`Record::update`], [`Record::patch`] or [`Record::delete`]. A
/// `Modify` does nothing until it is run, alone or in a [`Db::batch`].
///
/// In a batch, the statement succeeds even if the record does not exist or has another version. The statement then
/// changes no row, so check [`BatchResults::changes`](crate::BatchResults::changes).
#[must_use = "a statement does nothing until it is run or batched"]
pub struct Modify<T> {
    statement: Statement,
    record: PhantomData<fn() -> T>,
}

/// A record with a version. The version is a field with `#[record(version)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no version",
    note = "add `#[record(version)]` to an integer field"
)]
pub trait Versioned: Record {}

/// The SQL and the values of a [`Modify`]. This struct has no type parameter, so its code exists only once in a
/// program.
struct Statement {
    sql: String,
    values: Values,
    /// The versions in `If-Match`.
    if_match: Option<Vec<i64>>,
}

impl<T: Record> Modify<T> {
    pub(super) fn new(sql: &[&str], values: Values) -> Self {
        Self {
            statement: Statement {
                sql: sql.concat(),
                values,
                if_match: None,
            },
            record: PhantomData,
        }
    }

    /// Changes the record only if its stored version equals `version`.
    pub(super) fn of_version(mut self, version: Result<Value, DbError>) -> Self {
        self.statement.only(T::TABLE, " = ", version);
        self
    }

    /// Runs the statement and returns the number of records that were changed. The number is 1, or 0 if the record does
    /// not exist or has another version.
    ///
    /// # Errors
    ///
    /// Returns any error that the database reports.
    pub async fn execute(self, db: &Db) -> Result<u64, DbError> {
        Query::from(self).execute(db).await
    }

    /// Runs the statement. If no record was changed, a second statement finds the reason.
    ///
    /// # Errors
    ///
    /// Returns [`RecordError::NotFound`], [`RecordError::Conflict`] or [`RecordError::PreconditionFailed`] if no record
    /// was changed. Also returns any error that the database reports.
    pub async fn apply(mut self, db: &Db) -> Result<(), RecordError> {
        let key = self.statement.key(T::TABLE);
        let if_match = self.statement.if_match.take();
        match self.execute(db).await? {
            0 => Err(reason(db, T::TABLE, key, if_match).await),
            _ => Ok(()),
        }
    }

    /// Runs the statement and returns the record with its new values. The record does not contain the changes of
    /// `after` triggers, because SQLite returns the row before these triggers run. If the statement deletes the record,
    /// `fetch` returns the deleted record.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`apply`](Self::apply). Also returns [`DbError::Decode`] if a value does not fit into
    /// its field.
    pub async fn fetch(mut self, db: &Db) -> Result<T, RecordError> {
        let key = self.statement.key(T::TABLE);
        let if_match = self.statement.if_match.take();
        match self.returning().fetch_optional(db).await? {
            Some(record) => Ok(record),
            None => Err(reason(db, T::TABLE, key, if_match).await),
        }
    }

    /// Converts the statement into a query for a [`Db::batch`]. The query returns the same record as
    /// [`fetch`](Self::fetch). To read this record from the results of the batch, use the reader from
    /// [`TypedQuery::into_parts`].
    pub fn returning(self) -> TypedQuery<T> {
        let Statement {
            mut sql, values, ..
        } = self.statement;
        sql.push_str(T::TABLE.returning);
        TypedQuery::new(Query::checked(sql.into(), values), T::COLUMNS, T::from_row)
    }

    /// Changes the record only if its stored version equals `version`. Otherwise [`apply`](Self::apply) returns
    /// [`RecordError::Conflict`].
    pub fn if_version(self, version: i64) -> Self
    where
        T: Versioned,
    {
        self.of_version(Ok(version.into()))
    }

    /// Changes the record only if the header `If-Match` contains the tag of the stored version: see
    /// [`ETag::version`](crate::response::ETag::version). Otherwise [`apply`](Self::apply) returns
    /// [`RecordError::PreconditionFailed`]. The version is not checked if the request has no `If-Match`, or has
    /// `If-Match: *`.
    pub fn if_match(mut self, if_match: &IfMatch) -> Self
    where
        T: Versioned,
    {
        if let Some(versions) = if_match.versions() {
            let list = serde_json::Value::from(versions.as_slice()).to_string();
            self.statement.only_in(T::TABLE, list);
            self.statement.if_match = Some(versions);
        }
        self
    }
}

impl Statement {
    fn only(&mut self, table: &Table, operator: &str, value: Result<Value, DbError>) {
        self.values.push(value);
        let number = self.values.len().to_string();
        let version = table.version.unwrap_or_default();
        self.sql
            .push_str(&[" and ", version, operator, "?", &number].concat());
    }

    fn only_in(&mut self, table: &Table, list: String) {
        self.only(table, " in (select value from json_each(", Ok(list.into()));
        self.sql.push_str("))");
    }

    /// Returns the values of the primary key, which are the first values of the statement.
    fn key(&self, table: &Table) -> Values {
        self.values.iter().take(table.key.len()).cloned().collect()
    }
}

/// Finds out why a statement changed no record.
#[cold]
async fn reason(db: &Db, table: &Table, key: Values, if_match: Option<Vec<i64>>) -> RecordError {
    let version = table.version.unwrap_or("1");
    let query = composed(
        &[
            "select ",
            version,
            " as version from ",
            table.sql,
            table.by_key,
        ],
        key,
    );
    let stored = TypedQuery::new(query, &["version"], |row| row.convert(0, integer));
    match (stored.fetch_optional(db).await, if_match) {
        (Err(error), _) => RecordError::Db(error),
        (Ok(None), _) => RecordError::NotFound,
        (Ok(Some(stored)), Some(versions)) if !versions.contains(&stored) => {
            RecordError::PreconditionFailed
        }
        (Ok(Some(_)), _) => RecordError::Conflict,
    }
}

impl<T> From<Modify<T>> for Query {
    fn from(modify: Modify<T>) -> Self {
        let Statement { sql, values, .. } = modify.statement;
        Query::checked(sql.into(), values)
    }
}

impl<T> fmt::Debug for Modify<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Modify").field(&self.statement.sql).finish()
    }
}
