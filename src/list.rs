//! Paginated lists, as in the Svix API: the query parameters `limit`, `iterator` and `order`, and the response fields
//! `data`, `iterator`, `prevIterator` and `done`.

mod filters;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::response::{Cursor, Order, Page, PageLimit, PageParams};
use whippet::{FieldError, Problem};

use crate::id;

pub(crate) use filters::{EventTypeFilter, TimeFilter};

/// The query parameters of a list without filters.
///
/// The parameter types of lists with filters repeat these fields, because `#[serde(flatten)]` cannot read numbers from
/// a query string.
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

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            data: page.items,
            iterator: page.next,
            prev_iterator: page.previous,
            done: !page.has_more,
        }
    }
}

/// Decodes the query parameter `iterator` of a list that is sorted by id. `list` is the prefix of the items' ids.
///
/// As in Svix, the value may also be an id: `<id>` continues the list after the item with this id, and `-<id>` returns
/// the items before this item.
pub(crate) fn cursor(
    list: &'static str,
    columns: &'static [&'static str],
    order: Order,
    mut params: PageParams,
) -> Result<Cursor, Problem> {
    let iterator = params.cursor.as_deref().unwrap_or_default();
    let (id, backwards) = match iterator.strip_prefix('-') {
        Some(id) => (id, true),
        None => (iterator, false),
    };
    let id = id::is_id(id, list).then(|| id.to_owned());
    if id.is_some() {
        params.cursor = None;
    }
    let cursor = params.cursor(list, columns, order).map_err(|_| {
        let message =
            "must be the `iterator` or `prevIterator` of an earlier response of this list, or an id";
        Problem::invalid(vec![FieldError::new("/iterator", "iterator", message)])
    })?;
    match id {
        Some(id) => cursor.beyond([id.into()], backwards),
        None => Ok(cursor),
    }
}

/// Returns the default of the query parameter `with_content`.
pub(crate) fn default_true() -> bool {
    true
}
