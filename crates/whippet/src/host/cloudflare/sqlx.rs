//! The database D1 for code that uses sqlx.

use sqlx_d1::D1Connection;

use super::boundary;
use crate::DbError;

/// The name of the database's binding.
const BINDING: &str = "DB";

/// Returns a connection of [`sqlx_d1`] to the database of the Worker, for code that already uses `sqlx`. Each query
/// sends a separate request to D1, because `sqlx-d1` has neither transactions nor batches. `sqlx-d1` does not report
/// the number of changed rows. The log line of a request does not count the queries of `sqlx-d1`. [`Db`](crate::Db) has
/// none of these limits, works on every host, and reads rows with fewer calls to JavaScript.
///
/// # Errors
///
/// Returns [`DbError::Database`] if the Worker has no D1 database bound as `DB`.
///
/// # Example
///
/// ```ignore
/// use whippet::cloudflare::{sqlx_connection, sqlx_d1};
///
/// let connection = sqlx_connection()?;
/// let (count,): (i64,) = sqlx_d1::query_as("select count(*) from users").fetch_one(&connection).await?;
/// ```
pub fn sqlx_connection() -> Result<D1Connection, DbError> {
    let database = boundary::ENVIRONMENT.with(|env| env.d1(BINDING));
    let database = database.map_err(|error| {
        DbError::Database(format!(
            "the Worker has no D1 database bound as {BINDING}: {error}"
        ))
    })?;
    Ok(D1Connection::new(database))
}
