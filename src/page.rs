//! Lists: pages by keyset, with the Svix API's iterators.

use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::{FieldError, Problem};

/// Items on a page unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 50;

/// The query parameters of every list.
#[derive(Debug, Clone, Default, Deserialize, Validate)]
pub(crate) struct PageParams {
    /// How many items, at most 250.
    #[validate(range(min = 1, max = 250))]
    limit: Option<u32>,
    /// `iterator` or `prevIterator` of an earlier answer.
    iterator: Option<String>,
    /// The list's own order unless set.
    order: Option<Order>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// One page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    data: Vec<T>,
    iterator: Option<String>,
    prev_iterator: Option<String>,
    done: bool,
}

/// Where a page starts, which way it runs, and how long it is.
#[derive(Debug)]
pub(crate) struct Cursor {
    from: Option<String>,
    order: Order,
    backwards: bool,
    limit: u32,
}

impl PageParams {
    /// The cursor of a list of ids with `prefix`, in this order unless the request says otherwise.
    pub(crate) fn cursor(self, prefix: &str, order: Order) -> Result<Cursor, Problem> {
        let order = self.order.unwrap_or(order);
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let Some(iterator) = self.iterator.filter(|iterator| !iterator.is_empty()) else {
            return Ok(Cursor {
                from: None,
                order,
                backwards: false,
                limit,
            });
        };
        let backwards = iterator.starts_with('-');
        let id = iterator.trim_start_matches('-');
        let rest = id
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'));
        if rest.is_none_or(|rest| {
            rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        }) {
            let message = "must be the iterator or prevIterator of an earlier answer of this list";
            return Err(Problem::invalid(vec![FieldError::new(
                "/iterator",
                "iterator",
                message,
            )]));
        }
        Ok(Cursor {
            from: Some(id.to_owned()),
            order,
            backwards,
            limit,
        })
    }
}

impl Cursor {
    /// The SQL behind `where …`, for a list ordered by `column`; `?1` is the cursor's id and `?2` its limit.
    pub(crate) fn sql(&self, column: &str) -> String {
        let ascending = (self.order == Order::Ascending) != self.backwards;
        let (beyond, direction) = if ascending {
            (">", "asc")
        } else {
            ("<", "desc")
        };
        format!("(?1 is null or {column} {beyond} ?1) order by {column} {direction} limit ?2")
    }

    /// The value of `?1`.
    pub(crate) fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The value of `?2`: one more than the page holds, to know whether another follows.
    pub(crate) fn limit(&self) -> u32 {
        self.limit + 1
    }

    /// The page of the rows found.
    pub(crate) fn page<T>(&self, mut rows: Vec<T>, id: fn(&T) -> &str) -> Page<T> {
        let limit = self.limit as usize;
        let done = rows.len() <= limit;
        rows.truncate(limit);
        if self.backwards {
            rows.reverse();
        }
        let iterator = rows
            .last()
            .map(|row| id(row).to_owned())
            .or_else(|| self.from.clone());
        let prev_iterator = rows
            .first()
            .filter(|_| self.from.is_some())
            .map(|row| format!("-{}", id(row)));
        Page {
            data: rows,
            iterator,
            prev_iterator,
            done,
        }
    }
}
