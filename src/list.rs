//! Lists with pages as in the Svix API: the query parameters `limit`, `iterator` and `order`, and the response fields
//! `data`, `iterator`, `prevIterator` and `done`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::response::{Cursor, Order, Page, PageLimit, PageParams};
use whippet::{FieldError, Problem};

/// The query parameters of a list without filters.
///
/// The parameter types of lists with filters repeat these fields, because `#[serde(flatten)]` cannot read numbers from
/// a query string.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
pub(crate) struct ListParams {
    /// The maximum number of items to return, 50 by default.
    limit: Option<PageLimit>,
    /// The page to return: the `iterator` or `prevIterator` of an earlier response.
    iterator: Option<String>,
    /// The sort order by creation time, `ascending` by default.
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
    /// The value of the query parameter `iterator` that requests the next page.
    iterator: Option<String>,
    /// The value of `iterator` for the previous page, or null if this request had no `iterator` or the page is empty.
    prev_iterator: Option<String>,
    /// Whether this page is the last page in the direction of the request, which is forward or backward.
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

/// Decodes the query parameter `iterator` of a list that is sorted by columns with unique values.
pub(crate) fn cursor(
    list: &'static str,
    columns: &'static [&'static str],
    order: Order,
    params: PageParams,
) -> Result<Cursor, Problem> {
    params.cursor(list, columns, order).map_err(|_| {
        let message =
            "must be the `iterator` or `prevIterator` of an earlier response of this list";
        Problem::invalid(vec![FieldError::new("/iterator", "iterator", message)])
    })
}

/// Converts a comma-separated list to a JSON array, for SQLite's `json_each`.
pub(crate) fn json_array(list: Option<String>) -> Result<Option<String>, Problem> {
    let list = list.map(|list| serde_json::to_string(&list.split(',').collect::<Vec<_>>()));
    Ok(list.transpose()?)
}

/// Returns the default of the query parameter `with_content`.
pub(crate) fn default_true() -> bool {
    true
}
