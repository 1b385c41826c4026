//! Lists, a page at a time: by keyset, so that a page costs the same wherever it is, and none repeats or skips what is made
//! meanwhile.
//!
//! The members are those of the Svix API's lists.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::{FieldError, Json, Problem, Value};

/// Items on a page unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 50;

/// The query parameters of a list.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::extract::Query;
/// use whippet::response::{Order, Page, PageParams};
/// use whippet::{AssertSqlSafe, Db, Problem, Timestamp, Valid, query};
///
/// #[derive(Serialize, Deserialize)]
/// struct User { id: String, name: String, created_at: Timestamp }
///
/// /// The newest first; the id tells those of one moment apart.
/// async fn list_users(db: Db, Valid(Query(page)): Valid<Query<PageParams>>) -> Result<Page<User>, Problem> {
///     let cursor = page.cursor("users", &["created_at", "id"], Order::Descending)?;
///     let sql = format!("select id, name, created_at from users where {}", cursor.sql());
///     let users = query(AssertSqlSafe(sql)).bind(cursor.key()).bind(cursor.limit()).fetch_all(&db).await?;
///     cursor.page(users, |user: &User| [user.created_at.into(), user.id.as_str().into()])
/// }
/// # let _ = list_users;
/// ```
#[derive(Debug, Clone, Default, Deserialize, Validate, JsonSchema)]
pub struct PageParams {
    /// How many items, at most 250; 50 unless set.
    #[validate(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `iterator` or `prevIterator` of an earlier answer.
    iterator: Option<String>,
    /// The list's own order unless set.
    order: Option<Order>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The lowest key first.
    Ascending,
    /// The highest key first.
    Descending,
}

/// One page of a list: an answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items.
    data: Vec<T>,
    /// Asks for the page after this one.
    iterator: Option<String>,
    /// Asks for the page before this one; null on the first.
    prev_iterator: Option<String>,
    /// Whether there is nothing more in this direction.
    done: bool,
}

/// What an iterator holds: the list, which way it leads, and the key of the item that it leads on from.
type Position = (String, bool, Vec<serde_json::Value>);

/// Where a page starts, which way it runs, and how long it is.
#[derive(Debug, Clone)]
pub struct Cursor {
    list: &'static str,
    columns: &'static [&'static str],
    from: Option<Vec<serde_json::Value>>,
    order: Order,
    backwards: bool,
    limit: u32,
}

impl PageParams {
    /// The cursor of a list that is ordered by `columns`, whose values together are unique; in this order unless the request
    /// says otherwise. `list` names the list: an iterator of another is refused.
    ///
    /// # Errors
    ///
    /// A 422 problem for an iterator that this list did not give.
    pub fn cursor(
        self,
        list: &'static str,
        columns: &'static [&'static str],
        order: Order,
    ) -> Result<Cursor, Problem> {
        let mut cursor = Cursor {
            list,
            columns,
            from: None,
            order: self.order.unwrap_or(order),
            backwards: false,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
        };
        if let Some(iterator) = self.iterator.filter(|iterator| !iterator.is_empty()) {
            let (backwards, key) = cursor.read(&iterator).ok_or_else(|| {
                let message =
                    "must be the iterator or prevIterator of an earlier answer of this list";
                Problem::invalid(vec![FieldError::new("/iterator", "iterator", message)])
            })?;
            cursor.backwards = backwards;
            cursor.from = Some(key);
        }
        Ok(cursor)
    }
}

impl Cursor {
    fn read(&self, iterator: &str) -> Option<(bool, Vec<serde_json::Value>)> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(iterator).ok()?;
        let (list, backwards, key): Position = serde_json::from_slice(&json).ok()?;
        let fits = key.len() == self.columns.len()
            && key.iter().all(|value| value.is_string() || value.is_i64());
        (list == self.list && fits).then_some((backwards, key))
    }

    /// The SQL behind `where …` or `and …`: condition, order and limit. Bind [`key`](Self::key) as `?1` and
    /// [`limit`](Self::limit) as `?2`.
    #[must_use]
    pub fn sql(&self) -> String {
        let ascending = (self.order == Order::Ascending) != self.backwards;
        let (beyond, direction) = if ascending {
            (">", "asc")
        } else {
            ("<", "desc")
        };
        let order: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{column} {direction}"))
            .collect();
        let condition = match &self.from {
            None => "?1 is null".to_owned(),
            Some(key) => {
                let values: Vec<String> = (0..key.len()).map(|at| format!("?1 ->> {at}")).collect();
                format!(
                    "({}) {beyond} ({})",
                    self.columns.join(", "),
                    values.join(", ")
                )
            }
        };
        format!("{condition} order by {} limit ?2", order.join(", "))
    }

    /// The value of `?1`: the key to go on from, as a JSON array; null at the start.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        let key = self.from.as_ref()?;
        Some(serde_json::Value::from(key.clone()).to_string())
    }

    /// The value of `?2`: one more than the page holds, to know whether another follows.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit + 1
    }

    /// The page of the rows found; `key` gives the values of the list's columns in a row.
    ///
    /// # Errors
    ///
    /// A 500 problem when a key is neither text nor an integer.
    pub fn page<T, K>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>, Problem>
    where
        K: IntoIterator<Item = Value>,
    {
        let limit = self.limit as usize;
        let done = rows.len() <= limit;
        rows.truncate(limit);
        if self.backwards {
            rows.reverse();
        }
        let iterator = match (rows.last(), &self.from) {
            (Some(last), _) => Some(self.write(false, json(key(last))?)?),
            (None, Some(from)) => Some(self.write(false, from.clone())?),
            (None, None) => None,
        };
        let prev_iterator = match rows.first().filter(|_| self.from.is_some()) {
            Some(first) => Some(self.write(true, json(key(first))?)?),
            None => None,
        };
        Ok(Page {
            data: rows,
            iterator,
            prev_iterator,
            done,
        })
    }

    fn write(&self, backwards: bool, key: Vec<serde_json::Value>) -> Result<String, Problem> {
        let position: Position = (self.list.to_owned(), backwards, key);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&position)?))
    }
}

fn json(key: impl IntoIterator<Item = Value>) -> Result<Vec<serde_json::Value>, Problem> {
    let json = |value| match value {
        Value::Integer(integer) => Ok(integer.into()),
        Value::Text(text) => Ok(text.into()),
        other => Err(Problem::internal(format!(
            "the key of a list is text or integers, which {other:?} is not"
        ))),
    };
    key.into_iter().map(json).collect()
}

impl<T> Page<T> {
    /// The same page with every item as the client is shown it.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(show).collect(),
            iterator: self.iterator,
            prev_iterator: self.prev_iterator,
            done: self.done,
        }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
