//! Composes the SQL of a query from the pieces that the query macros have checked.

use super::super::query::Query;
use crate::{DbError, Value};

/// Creates a query whose SQL has no optional pieces. The query macros call this function.
#[doc(hidden)]
pub fn fixed(sql: &'static str, values: Values) -> Query {
    Query::checked(sql.into(), values)
}

/// The values of parameters. For a value that the database cannot store, the list has an error instead.
pub type Values = Vec<Result<Value, DbError>>;

/// Creates a query by joining parts of SQL. A macro has checked the joined SQL at compile time.
pub(crate) fn composed(sql: &[&str], values: Values) -> Query {
    Query::checked(sql.concat().into(), values)
}

/// The SQL of a query with optional pieces, while the SQL is being composed.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Composer {
    sql: String,
    values: Values,
    /// The highest parameter number in the SQL.
    last: usize,
}

impl Composer {
    /// Starts with empty SQL and the values of the parameters `?1`, `?2`, ….
    #[must_use]
    pub fn new(values: Values) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    /// Adds text if `condition` is true. `last` is the highest parameter number in the text.
    #[must_use]
    pub fn piece(mut self, condition: bool, sql: &'static str, last: usize) -> Self {
        if condition {
            self.sql.push_str(sql);
            self.last = self.last.max(last);
        }
        self
    }

    /// Adds texts. The texts may use the parameters whose values were passed to [`new`](Self::new).
    pub(crate) fn text(mut self, sql: &[&str]) -> Self {
        self.sql.extend(sql.iter().copied());
        self.last = self.values.len();
        self
    }

    /// Adds text with parameters. `last` is the highest parameter number in the text. `values` are the values of
    /// further parameters, whose numbers continue after the parameters of [`new`](Self::new).
    pub(crate) fn append(
        &mut self,
        sql: &str,
        last: usize,
        values: impl IntoIterator<Item = Result<Value, DbError>>,
    ) {
        self.sql.push_str(sql);
        self.last = last;
        self.values.extend(values);
    }

    /// Returns the query.
    pub fn finish(mut self) -> Query {
        // Hosts require exactly one value for each parameter number from 1 to the highest number.
        self.values.truncate(self.last);
        Query::checked(self.sql.into(), self.values)
    }
}
