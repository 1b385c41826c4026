//! Builds and runs one query.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use whippet_migrations::statements;

use super::{
    Db, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, MAX_VALUE_BYTES, Statement, Value,
};
use crate::Timestamp;

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

/// Wraps SQL that the program builds at run time. By wrapping the SQL, you assert that it contains no input from
/// outside the program.
#[derive(Debug, Clone)]
pub struct AssertSqlSafe(pub String);

impl Sql for AssertSqlSafe {
    fn into_sql(self) -> Cow<'static, str> {
        Cow::Owned(self.0)
    }
}

/// Creates a query from SQL. Each call of [`Query::bind`] adds the value of the next parameter: first `?1`, then `?2`,
/// and so on.
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
        enqueues: None,
        failure: None,
    }
}

/// One SQL statement with its values. A query does nothing until it is run, alone or in a [`Db::batch`].
///
/// `serde` deserializes a row into a struct by column name, into a tuple by position, and into any other type from the
/// value of a single column:
///
/// | Rust type | column |
/// |---|---|
/// | integers and floats | `integer` or `real`; a whole `real` is also an integer, because D1 does not distinguish the two |
/// | `bool` | the integers 0 and 1 |
/// | `String`, enums without data | text |
/// | `Vec<u8>`, `[u8; N]` | a blob |
/// | lists, maps and structs | text that contains JSON |
/// | [`Json<T>`](crate::Json) | text that contains the JSON of any `T` |
/// | [`Timestamp`](crate::Timestamp) | an integer in milliseconds since the Unix epoch, or RFC 3339 text |
/// | `Option<T>` | null, or the column of a `T` |
///
/// The table also applies to a struct in a field with `#[serde(flatten)]`. The types of the struct's fields must then
/// get `Deserialize` from serde itself or from serde's derive macro. Rows are read in the same way on every host. An
/// integer beyond ±[`MAX_INTEGER`](crate::MAX_INTEGER) is an error, because D1 would round it.
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until it is run or batched"]
pub struct Query {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    /// The time at which the tasks that the query enqueues are due; `None` if the query enqueues no tasks.
    enqueues: Option<Timestamp>,
    /// The reason why the query or one of its values could not be built. Running the query returns this error.
    failure: Option<Box<DbError>>,
}

impl Query {
    /// Binds a value to the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Creates a query whose SQL was checked at compile time. If `values` contains an error, running the query returns
    /// this error.
    pub(crate) fn checked(sql: Cow<'static, str>, values: Vec<Result<Value, DbError>>) -> Self {
        match values.into_iter().collect() {
            Ok(values) => Self {
                sql,
                values,
                enqueues: None,
                failure: None,
            },
            Err(error) => Self::failing(error),
        }
    }

    /// Binds the JSON text of a value to the next parameter. A column with this text can be read as a list, a map or a
    /// struct, or as [`Json<T>`](crate::Json) for any other `T`.
    ///
    /// Running the query fails with [`DbError::Decode`] if the value cannot be serialized, for example because it is a
    /// map whose keys are not text.
    ///
    /// ```
    /// use whippet::{Db, DbError, query};
    ///
    /// async fn add_tags(db: &Db, id: i64, tags: &[&str]) -> Result<u64, DbError> {
    ///     query("update posts set tags = ?1 where id = ?2").bind_json(tags).bind(id).execute(db).await
    /// }
    /// ```
    pub fn bind_json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        let number = self.values.len() + 1;
        let value = serde_json::to_string(value).unwrap_or_else(|error| {
            let why = format!("parameter ?{number} cannot be serialized as JSON: {error}");
            self.failure
                .get_or_insert_with(|| Box::new(DbError::Decode(why)));
            String::new()
        });
        self.bind(value)
    }

    /// Records that the query enqueues tasks that are due at `due`. If the query changes a row, [`Db`] then wakes the
    /// task runner.
    pub(crate) fn enqueuing(mut self, due: Timestamp) -> Self {
        self.enqueues = Some(due);
        self
    }

    /// Creates a query that returns `error` when it is run.
    pub(crate) fn failing(error: DbError) -> Self {
        Self {
            failure: Some(Box::new(error)),
            ..query("")
        }
    }

    /// Returns the SQL and the values, so that another query can contain this query.
    pub(crate) fn into_parts(self) -> Result<(Cow<'static, str>, Vec<Value>), DbError> {
        match self.failure {
            Some(error) => Err(*error),
            None => Ok((self.sql, self.values)),
        }
    }

    pub(crate) fn enqueues(&self) -> Option<Timestamp> {
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

    /// Checks the limits of D1, which apply on every host. Returns the statement that the host runs.
    pub(crate) fn into_statement(mut self) -> Result<Statement, DbError> {
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
        if self.sql.contains(';') && statements(&self.sql).nth(1).is_some() {
            return Err(DbError::Limit(
                "a query must be one statement: run several statements as a batch".to_owned(),
            ));
        }
        for (value, number) in self.values.iter_mut().zip(1..) {
            check_value(value, number)?;
        }
        Ok(Statement {
            sql: self.sql,
            values: self.values,
        })
    }
}

/// Rejects values that D1 would reject or change: D1 rounds integers beyond ±2^53 and stores infinities and NaN as null.
/// Removes the sign of a negative zero, because D1 would remove it.
fn check_value(value: &mut Value, number: usize) -> Result<(), DbError> {
    let bytes = match value {
        Value::Integer(integer) if !(-MAX_INTEGER..=MAX_INTEGER).contains(integer) => {
            return Err(DbError::Limit(format!(
                "parameter ?{number} is {integer}, but D1 rounds integers beyond ±{MAX_INTEGER}: bind it as text"
            )));
        }
        Value::Real(real) if !real.is_finite() => {
            return Err(DbError::Limit(format!(
                "parameter ?{number} is {real}, which D1 would store as null"
            )));
        }
        Value::Real(real) => {
            *real += 0.0;
            return Ok(());
        }
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) => return Ok(()),
    };
    if bytes > MAX_VALUE_BYTES {
        return Err(DbError::Limit(format!(
            "parameter ?{number} has {bytes} bytes, but D1 stores at most {MAX_VALUE_BYTES} bytes in a row: store the value in pieces, or outside the database"
        )));
    }
    Ok(())
}
