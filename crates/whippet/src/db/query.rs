//! Building and running one query.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::split::split;
use super::{Db, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, Statement, Value};

/// SQL text. Text that is part of the program is taken as it is; text put together at run time must be wrapped in
/// [`AssertSqlSafe`].
#[diagnostic::on_unimplemented(
    message = "SQL put together at run time can carry an injection",
    note = "bind values with `?1` and `.bind(value)`; wrap text that holds no input in `AssertSqlSafe(..)`"
)]
pub trait Sql {
    /// The text.
    fn into_sql(self) -> Cow<'static, str>;
}

impl Sql for &'static str {
    fn into_sql(self) -> Cow<'static, str> {
        Cow::Borrowed(self)
    }
}

/// Asserts that SQL put together at run time holds nothing that came from outside the program.
#[derive(Debug, Clone)]
pub struct AssertSqlSafe(pub String);

impl Sql for AssertSqlSafe {
    fn into_sql(self) -> Cow<'static, str> {
        Cow::Owned(self.0)
    }
}

/// A query from SQL; values follow with [`Query::bind`] in the order of `?1`, `?2`, …
///
/// ```
/// use serde::Deserialize;
/// use whippet::{Db, DbError, query};
///
/// #[derive(Deserialize)]
/// struct User { id: String, name: String, tags: Vec<String> } // `tags` is a JSON text column
///
/// async fn user(db: &Db, id: &str) -> Result<Option<User>, DbError> {
///     query("select id, name, tags from users where id = ?1").bind(id).fetch_optional(db).await
/// }
/// async fn count(db: &Db) -> Result<i64, DbError> {
///     query("select count(*) from users").fetch_one(db).await
/// }
/// ```
pub fn query(sql: impl Sql) -> Query {
    Query {
        sql: sql.into_sql(),
        values: Vec::new(),
        enqueues: false,
    }
}

/// One SQL statement with its values. Nothing happens until it is run.
///
/// Rows are read by `serde`: into a struct by column name, into a tuple by position, or, for one column, into the
/// value itself. A list, map or struct is read from a text column that holds JSON.
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until it is run or batched"]
pub struct Query {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    enqueues: bool,
}

impl Query {
    /// Binds the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Marks the query as one that writes due tasks, so that running it wakes the task runner.
    pub(crate) fn enqueuing(mut self) -> Self {
        self.enqueues = true;
        self
    }

    pub(crate) fn enqueues(&self) -> bool {
        self.enqueues
    }

    /// The first row.
    ///
    /// # Errors
    ///
    /// [`DbError::NoRow`] when there is none, [`DbError::Decode`] when it does not fit `T`, and what the database reports.
    pub async fn fetch_one<T: DeserializeOwned>(self, db: &Db) -> Result<T, DbError> {
        self.fetch_optional(db).await?.ok_or(DbError::NoRow)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    ///
    /// [`DbError::Decode`] when the row does not fit `T`, and what the database reports.
    pub async fn fetch_optional<T: DeserializeOwned>(self, db: &Db) -> Result<Option<T>, DbError> {
        db.fetch(self).await?.first()
    }

    /// Every row.
    ///
    /// # Errors
    ///
    /// [`DbError::Decode`] when a row does not fit `T`, and what the database reports.
    pub async fn fetch_all<T: DeserializeOwned>(self, db: &Db) -> Result<Vec<T>, DbError> {
        db.fetch(self).await?.all()
    }

    /// Runs the query for its effect and returns how many rows it changed.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub async fn execute(self, db: &Db) -> Result<u64, DbError> {
        db.execute(self).await
    }

    /// The statement for the host, once it is known to pass on every host.
    pub(crate) fn into_statement(self) -> Result<Statement, DbError> {
        if self.values.len() > MAX_PARAMETERS {
            let count = self.values.len();
            return Err(DbError::Limit(format!(
                "the query binds {count} parameters and D1 takes {MAX_PARAMETERS}: bind a JSON array and read it with json_each"
            )));
        }
        if self.sql.len() > MAX_SQL_BYTES {
            let bytes = self.sql.len();
            return Err(DbError::Limit(format!(
                "the query is {bytes} bytes of SQL and D1 takes {MAX_SQL_BYTES}: split it into a batch"
            )));
        }
        // A host would run the first statement and forget the others.
        if self.sql.contains(';') && split(&self.sql).nth(1).is_some() {
            return Err(DbError::Limit(
                "a query is one statement: run several as a batch".to_owned(),
            ));
        }
        for (value, number) in self.values.iter().zip(1..) {
            check(value, number)?;
        }
        Ok(Statement {
            sql: self.sql,
            values: self.values,
        })
    }
}

/// What D1 would change on the way: integers beyond 2^53 are rounded, infinities become null.
fn check(value: &Value, number: usize) -> Result<(), DbError> {
    match value {
        Value::Integer(integer) if !(-MAX_INTEGER..=MAX_INTEGER).contains(integer) => {
            Err(DbError::Limit(format!(
                "parameter ?{number} is {integer}, beyond the ±{MAX_INTEGER} that D1 carries exactly: bind it as text"
            )))
        }
        Value::Real(real) if !real.is_finite() => Err(DbError::Limit(format!(
            "parameter ?{number} is {real}, which D1 would store as null"
        ))),
        _ => Ok(()),
    }
}
