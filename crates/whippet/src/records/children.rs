//! Reads the children of several records.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use super::record::Record;
use crate::db::checked::{TypedQuery, composed};
use crate::{Db, DbError, Value};

/// A record with a foreign key that refers to the record `P`. `#[derive(Record)]` implements the trait if a field has
/// `#[record(parent = P)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a child of `{P}`",
    note = "add `#[record(parent = {P})]` to the field that is the foreign key"
)]
pub trait ChildOf<P: Record>: Record {
    #[doc(hidden)]
    const PARENT: (&'static str, u8);
}

/// The query that reads the children of several records. [`Record::of_each`] creates it.
#[must_use = "the children are not read until `fetch` is called"]
pub struct Children<T> {
    /// The column of the foreign key, as SQL.
    column: &'static str,
    /// The index of the field that is the foreign key.
    index: u8,
    /// The keys of the parents.
    keys: Vec<Result<Value, DbError>>,
    record: PhantomData<fn() -> T>,
}

/// The key of a parent.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Integer(i64),
    Text(String),
}

impl<T: Record> Children<T> {
    pub(super) fn new(column: &'static str, index: u8, keys: Vec<Result<Value, DbError>>) -> Self {
        Self {
            column,
            index,
            keys,
            record: PhantomData,
        }
    }

    /// Reads the children with one statement. Returns one list of children for each parent, in the order of the
    /// parents. The children in a list are sorted by the fields in `page(…)`. If a parent occurs twice, its second list
    /// is empty.
    ///
    /// This method reads all children at once. If a parent has many children, read them page by page with
    /// [`RecordPage::of`].
    ///
    /// # Errors
    ///
    /// Returns [`DbError::Decode`] if a value does not fit into its field, and any error that the database reports.
    ///
    /// [`RecordPage::of`]: super::RecordPage::of
    pub async fn fetch(self, db: &Db) -> Result<Vec<Vec<T>>, DbError> {
        let mut lists = Vec::new();
        lists.resize_with(self.keys.len(), Vec::new);
        let Parents { list, positions } = Parents::new(self.keys)?;
        if positions.is_empty() {
            return Ok(lists);
        }
        let order = T::PAGE.0.join(", ");
        let sql = [
            T::SELECT,
            " where ",
            self.column,
            " in (select value from json_each(?1)) order by ",
            self.column,
            ", ",
            &order,
        ];
        let query = composed(&sql, vec![Ok(list.into())]);
        let rows = TypedQuery::new(query, T::COLUMNS, T::from_row)
            .fetch_all(db)
            .await?;
        for row in rows {
            let key = key(row.value_of(self.index)?)?;
            let list = positions.get(&key).and_then(|at| lists.get_mut(*at));
            if let Some(list) = list {
                list.push(row);
            }
        }
        Ok(lists)
    }
}

/// The keys of the parents, as a JSON array in `list`. `positions` contains the index of each parent.
struct Parents {
    list: String,
    positions: BTreeMap<Key, usize>,
}

impl Parents {
    fn new(keys: Vec<Result<Value, DbError>>) -> Result<Self, DbError> {
        let mut positions = BTreeMap::new();
        for (at, value) in keys.into_iter().enumerate() {
            positions.entry(key(value?)?).or_insert(at);
        }
        let list = positions.keys().map(|key| match key {
            Key::Integer(integer) => serde_json::Value::from(*integer),
            Key::Text(text) => serde_json::Value::from(text.as_str()),
        });
        Ok(Self {
            list: list.collect::<serde_json::Value>().to_string(),
            positions,
        })
    }
}

fn key(value: Value) -> Result<Key, DbError> {
    match value {
        Value::Integer(integer) => Ok(Key::Integer(integer)),
        Value::Text(text) => Ok(Key::Text(text)),
        other => Err(DbError::Decode(format!(
            "{other:?} cannot be the key of a parent: a key is text or an integer"
        ))),
    }
}

impl<T> fmt::Debug for Children<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Children").field(&self.column).finish()
    }
}
