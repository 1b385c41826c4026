//! Queries whose columns were checked at compile time.

use std::fmt;

use crate::{BatchResults, Db, DbError, Query, Rows, Value};

use super::fits::FitsColumn;

/// A query that returns rows of the type `T`. [`query_as!`](crate::query_as!) and the other query macros create such
/// queries. A query does nothing until it is run, alone or in a [`Db::batch`].
#[must_use = "a query does nothing until it is run or batched"]
pub struct TypedQuery<T> {
    query: Query,
    reader: Reader<T>,
}

/// Reads the rows of a [`TypedQuery`] that ran in a batch. Pass the reader to [`BatchResults::read`].
pub struct Reader<T> {
    columns: &'static [&'static str],
    read: fn(&mut Row<'_>) -> Result<T, DbError>,
}

/// The values of one row.
#[derive(Debug)]
pub struct Row<'a> {
    values: &'a mut [Value],
    columns: &'static [&'static str],
    /// The position in `values` of each column in `columns`.
    positions: &'a [usize],
}

impl<T> TypedQuery<T> {
    /// Creates a query. `columns` has the names of the columns that `read` reads. The query macros call this function.
    #[doc(hidden)]
    pub fn new(
        query: Query,
        columns: &'static [&'static str],
        read: fn(&mut Row<'_>) -> Result<T, DbError>,
    ) -> Self {
        let reader = Reader { columns, read };
        Self { query, reader }
    }

    /// Returns the first row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::NoRow`] if the query finds no row, [`DbError::Decode`] if a value does not fit into its field,
    /// and any error that the database reports.
    pub async fn fetch_one(self, db: &Db) -> Result<T, DbError> {
        self.fetch_optional(db).await?.ok_or(DbError::NoRow)
    }

    /// Returns the first row, or `None` if the query finds no row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if a value does not fit into its field, and any error that the database reports.
    pub async fn fetch_optional(self, db: &Db) -> Result<Option<T>, DbError> {
        let mut rows = db.fetch(self.query).await?;
        rows.rows.truncate(1);
        Ok(self.reader.all(rows)?.pop())
    }

    /// Returns every row.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if a value does not fit into its field, and any error that the database reports.
    pub async fn fetch_all(self, db: &Db) -> Result<Vec<T>, DbError> {
        let rows = db.fetch(self.query).await?;
        self.reader.all(rows)
    }

    /// Splits the query into two parts: an untyped query for a batch, and a reader for the rows that this query
    /// returns.
    ///
    /// ```
    /// use whippet::{Db, DbError, query, query_scalar};
    ///
    /// async fn rename(db: &Db, id: i64, name: &str) -> Result<Vec<String>, DbError> {
    ///     let update = query!(migrations = "tests/query/migrations", "update users set name = :name where id = :id");
    ///     let (names, reader) =
    ///         query_scalar!(migrations = "tests/query/migrations", "select name from users").into_parts();
    ///     let mut results = db.batch([update, names]).await?;
    ///     results.read(1, reader)
    /// }
    /// # let _ = rename;
    /// ```
    pub fn into_parts(self) -> (Query, Reader<T>) {
        (self.query, self.reader)
    }
}

impl<T> Reader<T> {
    pub(crate) fn all(&self, rows: Rows) -> Result<Vec<T>, DbError> {
        if rows.rows.is_empty() {
            return Ok(Vec::new());
        }
        let positions = positions(&rows.columns, self.columns)?;
        let mut result = Vec::with_capacity(rows.rows.len());
        for mut values in rows.rows {
            let mut row = Row {
                values: &mut values,
                columns: self.columns,
                positions: &positions,
            };
            result.push((self.read)(&mut row)?);
        }
        Ok(result)
    }
}

/// Returns the position in `found` of each column in `columns`. `columns` has the columns of the query at compile time,
/// and `found` has the columns that the database returned. If a migration has added columns since the program was
/// compiled, `select *` returns these columns too.
fn positions(found: &[String], columns: &[&str]) -> Result<Vec<usize>, DbError> {
    let position = |(index, column): (usize, &&str)| {
        let is_at = |position: usize| found.get(position).is_some_and(|name| name == column);
        let position = if is_at(index) {
            Some(index)
        } else {
            (0..found.len()).find(|at| is_at(*at))
        };
        position.ok_or_else(|| {
            DbError::Decode(format!("the database did not return the column {column}: its schema differs from the schema at compile time; apply the migrations of this program"))
        })
    };
    columns.iter().enumerate().map(position).collect()
}

impl Row<'_> {
    /// Reads a column. The query macros call this method.
    #[doc(hidden)]
    pub fn read<Name, C, T: FitsColumn<Name, C>>(&mut self, index: usize) -> Result<T, DbError> {
        self.convert(index, T::read)
    }

    /// Converts the value of a column.
    pub(crate) fn convert<T>(
        &mut self,
        index: usize,
        convert: fn(Value) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        convert(self.take(index)).map_err(|error| self.in_column(error, index))
    }

    fn take(&mut self, index: usize) -> Value {
        let position = self.positions.get(index).copied().unwrap_or(usize::MAX);
        let value = self.values.get_mut(position);
        value.map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    #[cold]
    #[inline(never)]
    fn in_column(&self, error: DbError, index: usize) -> DbError {
        let column = self.columns.get(index).copied().unwrap_or_default();
        match error {
            DbError::Decode(reason) => DbError::Decode(format!("column {column}: {reason}")),
            other => other,
        }
    }
}

impl BatchResults {
    /// Returns the rows of the checked query at `index`. A second call for the same query returns no rows.
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if the batch has no query at `index`, or if a value does not fit into its field.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a reader belongs to one query of one batch"
    )]
    pub fn read<T>(&mut self, index: usize, reader: Reader<T>) -> Result<Vec<T>, DbError> {
        reader.all(self.take(index)?)
    }
}

impl<T> From<TypedQuery<T>> for Query {
    fn from(query: TypedQuery<T>) -> Self {
        query.query
    }
}

impl<T> fmt::Debug for TypedQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedQuery").field(&self.query).finish()
    }
}

impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.columns).finish()
    }
}
