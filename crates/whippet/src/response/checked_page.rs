//! Pages of queries that are checked at compile time.

use super::Cursor;
use crate::DbError;
use crate::db::checked::Composer;

impl Composer {
    /// Adds the condition, the order and the limit of a page. The parameters with the numbers `key` and `key + 1` are the
    /// page's key and limit. The query macros call this method.
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
    /// Returns whether the list is sorted by these columns. In a query, the name of the table may precede the name of a
    /// column, as in `users.id`.
    fn has_columns(&self, columns: &[&str]) -> bool {
        let mut pairs = self.columns.iter().zip(columns);
        self.columns.len() == columns.len() && pairs.all(|(own, other)| name(own) == name(other))
    }

    /// Returns the SQL that follows `where …` or `and …`: a condition, `order by` and `limit`. Without a cursor, the
    /// condition is `true`. `key` and `limit` are the numbers of the parameters for [`key`](Self::key) and
    /// [`limit`](Self::limit).
    fn checked_sql(&self, columns: &[&str], key: usize, limit: usize) -> String {
        let condition = match &self.from {
            None => "true".to_owned(),
            Some(_) => self.beyond_sql(columns, key),
        };
        format!("{condition} {}", self.order_sql(columns, limit))
    }
}

/// Returns the name of a column without its table.
fn name(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}
