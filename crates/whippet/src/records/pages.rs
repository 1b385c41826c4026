//! Pages of records.

use std::fmt;
use std::marker::PhantomData;

use super::children::ChildOf;
use super::record::Record;
use super::table::values;
use crate::db::checked::{Composer, TypedQuery};
use crate::response::{Cursor, Page};
use crate::{Db, DbError, Problem, Value};

/// One page of the records of a table. [`Record::page`] creates it.
#[must_use = "a page is not read until `fetch` is called"]
pub struct RecordPage<T> {
    cursor: Cursor,
    /// The column of the foreign key, and the key of the parent. `None` if the page is not limited to one parent.
    parent: Option<(&'static str, Result<Value, DbError>)>,
    record: PhantomData<fn() -> T>,
}

/// A record that can be read in pages. Pages are sorted by the fields in the setting `page(…)`, or by the key if the
/// record has no such setting. `#[derive(Record)]` implements this trait if each of these fields is text or an integer,
/// and cannot be null.
#[diagnostic::on_unimplemented(
    message = "the pages of `{Self}` cannot be sorted",
    note = "pages are sorted by the primary key, or by the fields in `#[record(page(…))]`. Each of these fields must be text or an integer, and not null"
)]
pub trait Paged: Record {}

impl<T: Paged> RecordPage<T> {
    pub(super) fn new(cursor: Cursor) -> Self {
        Self {
            cursor,
            parent: None,
            record: PhantomData,
        }
    }

    /// Reads only the children of `parent`.
    pub fn of<P: Record>(mut self, parent: &P) -> Self
    where
        T: ChildOf<P>,
    {
        let key = P::KEY
            .first()
            .map_or(Ok(Value::Null), |key| parent.value_of(*key));
        self.parent = Some((T::PARENT.0, key));
        self
    }

    /// Reads the page.
    ///
    /// # Errors
    ///
    /// Returns a 503 problem if the database is busy, and a 500 problem after any other error.
    pub async fn fetch(self, db: &Db) -> Result<Page<T>, Problem> {
        let (columns, sorted) = T::PAGE;
        let (composer, key) = match self.parent {
            None => (Composer::new(Vec::new()).text(&[T::SELECT, " where "]), 1),
            Some((column, value)) => {
                let text = [T::SELECT, " where ", column, " = ?1 and "];
                (Composer::new(vec![value]).text(&text), 2)
            }
        };
        let query = composer.page(&self.cursor, columns, key).finish();
        let rows = TypedQuery::new(query, T::COLUMNS, T::from_row)
            .fetch_all(db)
            .await?;
        self.cursor.page(rows, |row| {
            let values = values(sorted, &|column| row.value_of(column));
            values.into_iter().map(|value| value.unwrap_or(Value::Null))
        })
    }
}

impl<T> fmt::Debug for RecordPage<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecordPage").field(&self.cursor).finish()
    }
}
