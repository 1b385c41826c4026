//! Paginated lists, as in the Svix API: the query parameters `limit`, `iterator` and `order`, and the response fields
//! `data`, `iterator`, `prevIterator` and `done`.

mod filters;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::response::{Cursor, InvalidCursor, Order, PageLimit, PageParams};
use whippet::{Db, DbError, FieldError, Problem, query_scalar};

use crate::id::{self, AttemptKey};

pub(crate) use filters::{EventTypeFilter, TimeFilter};

/// The query parameters of a list without filters.
///
/// A list with filters has a separate type for its query parameters. This type repeats the fields of this struct,
/// because `#[serde(flatten)]` cannot read numbers from a query string.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ListParams {
    /// The maximum number of items to return, 50 by default.
    limit: Option<PageLimit>,
    /// The page to return: the `iterator` or `prevIterator` of an earlier response, or the id of an item.
    iterator: Option<String>,
    /// The sort order by creation time. Applications are listed oldest first by default, endpoints newest first.
    order: Option<Order>,
}

impl ListParams {
    pub(crate) fn page(self) -> PageParams {
        PageParams {
            limit: self.limit,
            cursor: self.iterator,
            order: self.order,
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageOf{T}")]
pub(crate) struct List<T> {
    /// The items.
    data: Vec<T>,
    /// The value to send as the query parameter `iterator` to get the next page.
    iterator: Option<String>,
    /// The `iterator` for the previous page. Null if this request had no `iterator`, or if the page is empty.
    prev_iterator: Option<String>,
    /// Whether this page is the last page in the requested direction (forward or backward).
    done: bool,
}

/// The position of a page in a list. Every list is in commit order, so an item that is committed later never appears
/// before an item that a client has already read.
#[derive(Debug)]
pub(crate) struct Position {
    /// The cursor of the query, which sorts by `rowid`. SQLite gives every new row a greater `rowid` than all existing
    /// rows of the table, and runs only one writing transaction at a time.
    pub(crate) cursor: Cursor,
    /// The id of the item at which the page starts or ends, if the request has an `iterator`.
    item: Option<String>,
}

impl Position {
    /// Decodes the query parameter `iterator`. Without the parameter, the page begins at the start of the list.
    ///
    /// The value may be an `iterator` or a `prevIterator` of this list. As in Svix, the value may also be an id: `<id>`
    /// continues the list after the item with this id, and `-<id>` returns the items before this item.
    pub(crate) async fn find(
        db: &Db,
        items: Items,
        mut params: PageParams,
    ) -> Result<Self, Problem> {
        let order = params.order.unwrap_or(items.order());
        let iterator = params.cursor.as_deref().unwrap_or_default();
        let (id, backwards) = match iterator.strip_prefix('-') {
            Some(id) => (id, true),
            None => (iterator, false),
        };
        let id = id::is_id(id, items.prefix()).then(|| id.to_owned());
        if id.is_some() {
            params.cursor = None;
        }
        let cursor = params.cursor(items.prefix(), &["rowid"], order);
        let mut cursor = cursor.map_err(|_| invalid_iterator())?;
        if let Some(id) = id {
            cursor = cursor.beyond([id.into()], backwards)?;
        }
        let item = items.item(&cursor).map_err(|_| invalid_iterator())?;
        if let Some(item) = &item {
            let backwards = cursor.is_ascending() != (order == Order::Ascending);
            cursor = items.after(db, item, cursor, backwards).await?;
        }
        Ok(Self { cursor, item })
    }

    /// Builds the response from the items that the query returned. `id` returns the id of an item.
    pub(crate) fn list<T>(
        self,
        items: Vec<T>,
        id: impl Fn(&T) -> &str,
    ) -> Result<List<T>, Problem> {
        let page = self.cursor.page(items, |item| [id(item).into()])?;
        let is_empty = page.items.is_empty();
        Ok(List {
            data: page.items,
            iterator: if is_empty { self.item } else { page.next },
            prev_iterator: page.previous,
            done: !page.has_more,
        })
    }
}

fn invalid_iterator() -> Problem {
    let message =
        "must be the `iterator` or `prevIterator` of an earlier response of this list, or an id";
    Problem::invalid(vec![FieldError::new("/iterator", "iterator", message)])
}

/// The kinds of items that can be listed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Items {
    Applications,
    Attempts,
    Endpoints,
    Messages,
}

impl Items {
    /// Returns the default order of the list.
    pub(crate) fn order(self) -> Order {
        match self {
            Items::Applications => Order::Ascending,
            Items::Attempts | Items::Endpoints | Items::Messages => Order::Descending,
        }
    }

    /// Returns the id of the item after which a cursor continues; `None` for a cursor without a position. A cursor
    /// contains the id of an item instead of its `rowid`, because SQLite may renumber the rows of a table when a
    /// database is compacted or imported.
    pub(crate) fn item(self, cursor: &Cursor) -> Result<Option<String>, InvalidCursor> {
        let Some(key) = cursor.key() else {
            return Ok(None);
        };
        let [item]: [String; 1] = serde_json::from_str(&key).map_err(|_| InvalidCursor)?;
        let is_valid = id::is_id(&item, self.prefix());
        is_valid.then_some(Some(item)).ok_or(InvalidCursor)
    }

    /// Returns the cursor that continues after an item, for a query that sorts by `rowid`.
    pub(crate) async fn after(
        self,
        db: &Db,
        item: &str,
        cursor: Cursor,
        backwards: bool,
    ) -> Result<Cursor, Problem> {
        let rowid = self.rowid(db, item, cursor.is_ascending()).await?;
        cursor.beyond([rowid.into()], backwards)
    }

    /// Returns the prefix of the items' ids.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Items::Applications => "app",
            Items::Attempts => "atmpt",
            Items::Endpoints => "ep",
            Items::Messages => "msg",
        }
    }

    /// Returns the `rowid` of an item. If the item was deleted, returns the `rowid` of another item: the one that
    /// precedes the deleted item when the list is sorted by id in the same direction.
    pub(crate) async fn rowid(self, db: &Db, id: &str, ascending: bool) -> Result<i64, DbError> {
        let query = match (self, AttemptKey::parse(id), ascending) {
            (Items::Attempts, Some(attempt), false) => return Ok(attempt.seq),
            // If the newest attempts were deleted, new attempts get the same numbers. Then the list continues after the last
            // attempt that is not newer.
            (Items::Attempts, Some(AttemptKey { seq, created_at }), true) => query_scalar!(
                i64,
                "select iif(ifnull((select created_at from attempts where seq = :seq), :created_at) = :created_at \
                   and ifnull((select max(seq) from attempts), 0) >= :seq, :seq, \
                 ifnull((select seq from attempts where seq <= :seq and created_at <= :created_at \
                   order by seq desc limit 1), 0)) as \"position!\""
            ),
            (Items::Applications, _, true) => query_scalar!(
                "select rowid from applications where id <= ? order by id desc limit 1",
                id
            ),
            (Items::Applications, _, false) => query_scalar!(
                "select rowid from applications where id >= ? order by id limit 1",
                id
            ),
            (Items::Attempts, None, true) => query_scalar!(
                "select seq from attempts where id <= ? order by id desc limit 1",
                id
            ),
            // Every attempt with an id of this form is older than all other attempts.
            (Items::Attempts, None, false) => query_scalar!(
                "select ifnull((select seq from attempts where id >= :id order by id limit 1), \
                 ifnull((select seq + 1 from attempts where id is not null order by id desc limit 1), 0)) \
                 as \"position!\""
            ),
            (Items::Endpoints, _, true) => query_scalar!(
                "select rowid from endpoints where id <= ? order by id desc limit 1",
                id
            ),
            (Items::Endpoints, _, false) => query_scalar!(
                "select rowid from endpoints where id >= ? order by id limit 1",
                id
            ),
            (Items::Messages, _, true) => query_scalar!(
                "select rowid from messages where id <= ? order by id desc limit 1",
                id
            ),
            (Items::Messages, _, false) => query_scalar!(
                "select rowid from messages where id >= ? order by id limit 1",
                id
            ),
        };
        let found: Option<i64> = query.fetch_optional(db).await?;
        // Without such an item, the page begins at the start of the list.
        Ok(found.unwrap_or(if ascending { 0 } else { i64::MAX }))
    }
}

/// Returns the default of the query parameter `with_content`.
pub(crate) fn default_true() -> bool {
    true
}
