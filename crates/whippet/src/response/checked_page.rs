//! Pages for queries that a macro checks at compile time.

use super::Cursor;
use crate::DbError;
use crate::db::checked::Composer;

impl Composer {
    /// Appends the SQL that selects a page: a condition, `order by` and `limit`. `key` is the number of the first free
    /// parameter. Without a cursor, this parameter is the limit. Otherwise, it is the key of the cursor, and the next
    /// parameter is the limit. The query macros call this method.
    #[must_use]
    pub fn page(mut self, cursor: &Cursor, columns: &'static [&'static str], key: usize) -> Self {
        let from = cursor.key();
        let limit = if from.is_some() { key + 1 } else { key };
        let value = match cursor.has_columns(columns) {
            true => Ok(cursor.limit().into()),
            false => Err(DbError::Decode(format!(
                "the cursor and the query sort by different columns: the query sorts by {}",
                columns.join(", ")
            ))),
        };
        let values = from.map(|key| Ok(key.into())).into_iter().chain([value]);
        self.append(&cursor.checked_sql(columns, key, limit), limit, values);
        self
    }
}

impl Cursor {
    /// Returns whether the cursor is for a list that is sorted by these columns. The columns come from a query, so the
    /// name of a table may precede their names, as in `users.id`.
    fn has_columns(&self, columns: &[&str]) -> bool {
        let mut pairs = self.columns.iter().zip(columns);
        self.columns.len() == columns.len() && pairs.all(|(own, other)| name(own) == name(other))
    }

    /// Returns the SQL to append after `where` or `and`: a condition, `order by` and `limit`. If the request has no
    /// cursor, the condition is `true`. In this SQL, the parameter with the number `key` is the result of
    /// [`key`](Self::key), and the parameter with the number `limit` is the result of [`limit`](Self::limit).
    fn checked_sql(&self, columns: &[&str], key: usize, limit: usize) -> String {
        let condition = match &self.from {
            None => "true".to_owned(),
            Some(_) => self.beyond_sql(columns, key),
        };
        format!("{condition} {}", self.order_sql(columns, limit))
    }
}

/// Returns the name of a column without the name of the table.
fn name(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}
