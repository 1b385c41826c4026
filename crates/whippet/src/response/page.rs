//! Keyset pagination. Every page of a list takes the same time to read. If items are created or deleted between two
//! requests, the next page still repeats no item and skips none.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::PageLimit;
use crate::{FieldError, Json, Problem, Value};

/// The query parameters of a list.
///
/// If the parameters of an API have other names, read them into another struct, and fill the fields of `PageParams`
/// from that struct. If the responses have other field names, build another type from the fields of [`Page`].
///
/// ```
/// use serde::Serialize;
/// use whippet::extract::Query;
/// use whippet::response::{Order, Page, PageParams};
/// use whippet::{Db, Problem, Timestamp, query_as};
///
/// #[derive(Serialize)]
/// struct User { id: i64, name: String, created_at: Timestamp }
///
/// /// Lists the newest users first. The id makes the key unique for users created in the same millisecond.
/// async fn list_users(db: Db, Query(page): Query<PageParams>) -> Result<Page<User>, Problem> {
///     let cursor = page.cursor("users", &["created_at", "id"], Order::Descending)?;
///     let users = query_as!(migrations = "tests/query/migrations", User,
///         "select id, name, created_at from users where {page :cursor by created_at, id}");
///     cursor.page(users.fetch_all(&db).await?, |user| [user.created_at.into(), user.id.into()])
/// }
/// # let _ = list_users;
/// ```
#[derive(Debug, Clone, Default, Deserialize, Validate, JsonSchema)]
pub struct PageParams {
    /// The maximum number of items to return, 50 by default.
    pub limit: Option<PageLimit>,
    /// The cursor `next` or `previous` of an earlier page. A request without a cursor reads the start of the list.
    pub cursor: Option<String>,
    /// The sort order of the items. The default order depends on the list.
    pub order: Option<Order>,
}

/// The sort order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The item with the smallest key comes first.
    Ascending,
    /// The item with the largest key comes first.
    Descending,
}

/// A response with one page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page. Even the last page has a cursor `next`, for items that are created later. The
    /// cursor `next` is null only if the list is empty.
    pub next: Option<String>,
    /// The cursor of the previous page. The cursor `previous` is null if the request had no cursor, or if the page is
    /// empty.
    pub previous: Option<String>,
    /// Whether more items follow after this page, in the direction of the request's cursor.
    pub has_more: bool,
}

/// The content of an encoded cursor: the name of the list, whether the cursor leads backwards, and the key of the item
/// at which the cursor points.
type Position = (String, bool, Vec<serde_json::Value>);

/// The error for a cursor that is not from this list. As a [`Problem`], it is a 422 about the parameter `cursor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCursor;

impl std::fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("must be the value of `next` or `previous` from a page of this list")
    }
}

impl std::error::Error for InvalidCursor {}

impl From<InvalidCursor> for Problem {
    fn from(error: InvalidCursor) -> Self {
        let error = FieldError::new("/cursor", "cursor", error.to_string());
        Self::invalid(vec![error])
    }
}

/// The page to read: its position, direction and length.
#[derive(Debug, Clone)]
pub struct Cursor {
    list: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) from: Option<Vec<serde_json::Value>>,
    order: Order,
    backwards: bool,
    limit: PageLimit,
}

impl PageParams {
    /// Decodes the cursor for a list that is sorted by `columns`. Two items must differ in at least one of these
    /// columns.
    ///
    /// `order` is the default order of the list. `list` is the name of the list: a cursor from a list with another name
    /// is rejected.
    ///
    /// If clients request the last page again and again to read new items, sort by a number that the database assigns,
    /// such as `rowid`. If the program creates the keys, an item with a smaller key may be committed after an item with
    /// a larger key. A client that has already read the larger key then misses the item with the smaller key.
    ///
    /// # Errors
    ///
    /// Returns an error if the cursor is not from this list.
    pub fn cursor(
        self,
        list: &'static str,
        columns: &'static [&'static str],
        order: Order,
    ) -> Result<Cursor, InvalidCursor> {
        let mut cursor = Cursor {
            list,
            columns,
            from: None,
            order: self.order.unwrap_or(order),
            backwards: false,
            limit: self.limit.unwrap_or_default(),
        };
        if let Some(encoded) = self.cursor.filter(|encoded| !encoded.is_empty()) {
            let (backwards, key) = cursor.decode(&encoded).ok_or(InvalidCursor)?;
            cursor.backwards = backwards;
            cursor.from = Some(key);
        }
        Ok(cursor)
    }
}

impl Cursor {
    fn decode(&self, encoded: &str) -> Option<(bool, Vec<serde_json::Value>)> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (list, backwards, key): Position = serde_json::from_slice(&json).ok()?;
        let is_valid = key.len() == self.columns.len()
            && key.iter().all(|value| value.is_string() || value.is_i64());
        (list == self.list && is_valid).then_some((backwards, key))
    }

    /// Creates the cursor for a page of a GraphQL connection. The caller takes `backwards` from the arguments of the
    /// connection. `encoded` is the cursor of an item of the list.
    #[cfg(feature = "graphql")]
    pub(crate) fn directed(
        list: &'static str,
        columns: &'static [&'static str],
        order: Order,
        limit: PageLimit,
        backwards: bool,
        encoded: Option<&str>,
    ) -> Result<Self, InvalidCursor> {
        let mut cursor = Self {
            list,
            columns,
            from: None,
            order,
            backwards,
            limit,
        };
        if let Some(encoded) = encoded {
            let (_, key) = cursor.decode(encoded).ok_or(InvalidCursor)?;
            cursor.from = Some(key);
        }
        Ok(cursor)
    }

    /// Returns true if the page ends before the item at the cursor, and false if the page starts after this item.
    #[cfg(feature = "graphql")]
    pub(crate) fn is_backwards(&self) -> bool {
        self.backwards
    }

    /// Returns whether the request has a cursor.
    #[cfg(feature = "graphql")]
    pub(crate) fn has_position(&self) -> bool {
        self.from.is_some()
    }

    /// Returns the encoded cursor of the item with this key.
    #[cfg(feature = "graphql")]
    pub(crate) fn of_item(&self, key: impl IntoIterator<Item = Value>) -> Result<String, Problem> {
        self.encode(false, json(key)?)
    }

    /// Moves the page to the items after the item with this key, or before this item if `backwards` is true. The cursor
    /// of the request is ignored. An API that also accepts other cursors, such as ids, can call `beyond` with the key
    /// of the item.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if a value of the key is neither text nor an integer.
    pub fn beyond(
        mut self,
        key: impl IntoIterator<Item = Value>,
        backwards: bool,
    ) -> Result<Self, Problem> {
        self.from = Some(json(key)?);
        self.backwards = backwards;
        Ok(self)
    }

    /// Returns SQL to append after `where` or `and`: a condition, `order by` and `limit`. Bind [`key`](Self::key) to
    /// `?1` and [`limit`](Self::limit) to `?2`.
    #[must_use]
    pub fn sql(&self) -> String {
        let condition = match &self.from {
            None => "?1 is null".to_owned(),
            Some(_) => self.beyond_sql(self.columns, 1),
        };
        format!("{condition} {}", self.order_sql(self.columns, 2))
    }

    /// Returns true if the page's query reads the items in ascending order. This is so if an ascending list is read
    /// forwards, or a descending list is read backwards.
    #[must_use]
    pub fn is_ascending(&self) -> bool {
        (self.order == Order::Ascending) != self.backwards
    }

    pub(super) fn beyond_sql(&self, columns: &[&str], key: usize) -> String {
        let beyond = if self.is_ascending() { ">" } else { "<" };
        let values: Vec<String> = (0..columns.len())
            .map(|at| format!("?{key} ->> {at}"))
            .collect();
        format!("({}) {beyond} ({})", columns.join(", "), values.join(", "))
    }

    pub(super) fn order_sql(&self, columns: &[&str], limit: usize) -> String {
        let direction = if self.is_ascending() { "asc" } else { "desc" };
        let order: Vec<String> = columns
            .iter()
            .map(|column| format!("{column} {direction}"))
            .collect();
        format!("order by {} limit ?{limit}", order.join(", "))
    }

    /// Returns the value of `?1`: the key of the item at the cursor, as a JSON array. If the request has no cursor, the
    /// value is null.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        let key = self.from.as_ref()?;
        Some(serde_json::Value::from(key.clone()).to_string())
    }

    /// Returns the value of `?2`: the maximum number of items on the page, plus one. If the query returns the
    /// additional item, more items follow after the page.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit.get() + 1
    }

    /// Builds the page from the rows that the query returned. `key` returns the sort key of a row, which consists of
    /// the row's values in the columns by which the list is sorted.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if a value of a key is neither text nor an integer.
    pub fn page<T, K>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>, Problem>
    where
        K: IntoIterator<Item = Value>,
    {
        let limit = self.limit.get() as usize;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if self.backwards {
            rows.reverse();
        }
        let next = match (rows.last(), &self.from) {
            (Some(last), _) => Some(self.encode(false, json(key(last))?)?),
            (None, Some(from)) => Some(self.encode(false, from.clone())?),
            (None, None) => None,
        };
        let previous = match rows.first().filter(|_| self.from.is_some()) {
            Some(first) => Some(self.encode(true, json(key(first))?)?),
            None => None,
        };
        Ok(Page {
            items: rows,
            next,
            previous,
            has_more,
        })
    }

    fn encode(&self, backwards: bool, key: Vec<serde_json::Value>) -> Result<String, Problem> {
        let position: Position = (self.list.to_owned(), backwards, key);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&position)?))
    }
}

fn json(key: impl IntoIterator<Item = Value>) -> Result<Vec<serde_json::Value>, Problem> {
    let json = |value| match value {
        Value::Integer(integer) => Ok(integer.into()),
        Value::Text(text) => Ok(text.into()),
        other => Err(Problem::internal(format!(
            "{other:?} cannot be part of a list's key: use text or an integer"
        ))),
    };
    key.into_iter().map(json).collect()
}

impl<T> Page<T> {
    /// Converts every item of the page.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(convert).collect(),
            next: self.next,
            previous: self.previous,
            has_more: self.has_more,
        }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
