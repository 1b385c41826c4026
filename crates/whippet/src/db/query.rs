//! Builds and runs one query.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::split::split;
use super::{Db, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, Statement, Value};

/// SQL text: a literal, or text that is built at run time and wrapped in [`AssertSqlSafe`].
#[diagnostic::on_unimplemented(
    message = "SQL that is built at run time may contain an injection",
    note = "bind values with `?1` and `.bind(value)`; wrap SQL that contains no user input in `AssertSqlSafe(..)`"
)]
pub trait Sql {
    /// Returns the text.
    fn into_sql(self) -> Cow<'static, str>;
}

impl Sql for &'static str {
    fn into_sql(self) -> Cow<'static, str> {
        Cow::Borrowed(self)
    }
}

/// Asserts that SQL text that is built at run time contains no input from outside the program.
#[derive(Debug, Clone)]
pub struct AssertSqlSafe(pub String);

impl Sql for AssertSqlSafe {
    fn into_sql(self) -> Cow<'static, str> {
        Cow::Owned(self.0)
    }
}

/// Creates a query from SQL. [`Query::bind`] adds the values of the parameters `?1`, `?2`, … in this order.
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
        failure: None,
    }
}

/// One SQL statement with its values. A query does nothing until it is run, alone or in a [`Db::batch`].
///
/// `serde` deserializes a row into a struct by column name, into a tuple by position, and into any other type from the
/// value of a single column. A list, map or struct within a row is deserialized from a text column that contains JSON.
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until it is run or batched"]
pub struct Query {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    enqueues: bool,
    /// The error with which the query fails, because it could not be built.
    failure: Option<Box<DbError>>,
}

impl Query {
    /// Binds a value to the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Marks the query as one that enqueues tasks, so that [`Db`] wakes the task runner after the query has run.
    pub(crate) fn enqueuing(mut self) -> Self {
        self.enqueues = true;
        self
    }

    /// Creates a query that could not be built, and fails when it is run.
    pub(crate) fn failing(error: DbError) -> Self {
        Self {
            failure: Some(Box::new(error)),
            ..query("")
        }
    }

    pub(crate) fn enqueues(&self) -> bool {
        self.enqueues
    }

    /// Returns the first row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::NoRow`] if the query finds no row, [`DbError::Decode`] if the row cannot be read as `T`, and any
    /// error that the database reports.
    pub async fn fetch_one<T: DeserializeOwned>(self, db: &Db) -> Result<T, DbError> {
        self.fetch_optional(db).await?.ok_or(DbError::NoRow)
    }

    /// Returns the first row, or `None` if the query finds no row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the row cannot be read as `T`, and any error that the database reports.
    pub async fn fetch_optional<T: DeserializeOwned>(self, db: &Db) -> Result<Option<T>, DbError> {
        db.fetch(self).await?.first()
    }

    /// Returns every row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if a row cannot be read as `T`, and any error that the database reports.
    pub async fn fetch_all<T: DeserializeOwned>(self, db: &Db) -> Result<Vec<T>, DbError> {
        db.fetch(self).await?.all()
    }

    /// Runs the query and returns the number of rows that it changed.
    ///
    /// # Errors
    ///
    /// Returns any error that the database reports.
    pub async fn execute(self, db: &Db) -> Result<u64, DbError> {
        db.execute(self).await
    }

    /// Checks the limits of D1, which apply on every host, and returns the statement for the host.
    pub(crate) fn into_statement(self) -> Result<Statement, DbError> {
        if let Some(error) = self.failure {
            return Err(*error);
        }
        if self.values.len() > MAX_PARAMETERS {
            let count = self.values.len();
            return Err(DbError::Limit(format!(
                "the query binds {count} parameters, but D1 accepts at most {MAX_PARAMETERS}: bind a JSON array and read it with json_each"
            )));
        }
        if self.sql.len() > MAX_SQL_BYTES {
            let bytes = self.sql.len();
            return Err(DbError::Limit(format!(
                "the query has {bytes} bytes of SQL, but D1 accepts at most {MAX_SQL_BYTES}: split the query into a batch"
            )));
        }
        // If the SQL contained several statements, a host would run only the first.
        if self.sql.contains(';') && split(&self.sql).nth(1).is_some() {
            return Err(DbError::Limit(
                "a query must be one statement: run several statements as a batch".to_owned(),
            ));
        }
        for (value, number) in self.values.iter().zip(1..) {
            check_value(value, number)?;
        }
        Ok(Statement {
            sql: self.sql,
            values: self.values,
        })
    }
}

/// Rejects values that D1 would change: D1 rounds integers beyond ±2^53 and stores infinities and NaN as null.
fn check_value(value: &Value, number: usize) -> Result<(), DbError> {
    match value {
        Value::Integer(integer) if !(-MAX_INTEGER..=MAX_INTEGER).contains(integer) => {
            Err(DbError::Limit(format!(
                "parameter ?{number} is {integer}, but D1 rounds integers beyond ±{MAX_INTEGER}: bind it as text"
            )))
        }
        Value::Real(real) if !real.is_finite() => Err(DbError::Limit(format!(
            "parameter ?{number} is {real}, which D1 would store as null"
        ))),
        _ => Ok(()),
    }
}
