//! What a task attempt returns if it succeeds.

use crate::Query;

/// The outcome of a successful task attempt. It can contain queries that write data.
///
/// A task handler returns `Result<(), TaskError>`, or `Result<Done, TaskError>` if a successful attempt has data to
/// write. One transaction runs the queries and removes the task. If the attempt no longer holds the task's lease, the
/// transaction has no effect. So the data is written exactly once, although the task may run more than once.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::tasks::{Done, Task};
/// use whippet::{Fetch, Problem, TaskError, query};
///
/// #[derive(Serialize, Deserialize)]
/// struct Ping { url: String }
///
/// impl Task for Ping {
///     const NAME: &'static str = "ping";
/// }
///
/// async fn ping(task: Ping, fetch: Fetch) -> Result<Done, TaskError> {
///     let response = fetch.get(&task.url).send().await?;
///     let record = query("insert into pings (url, status) values (?1, ?2)").bind(&task.url);
///     Ok(Done::with([record.bind(response.status.as_u16())]))
/// }
/// # drop(ping);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "the queries are written when the task handler returns `Done`"]
pub struct Done {
    pub(super) queries: Vec<Query>,
}

impl Done {
    /// Creates the outcome of a successful attempt. One transaction runs `queries` and removes the task.
    pub fn with(queries: impl IntoIterator<Item = impl Into<Query>>) -> Self {
        Self {
            queries: queries.into_iter().map(Into::into).collect(),
        }
    }

    /// Adds queries to the transaction that removes the task, for example in
    /// [middleware](crate::App::task_middleware).
    pub fn and(mut self, queries: impl IntoIterator<Item = impl Into<Query>>) -> Self {
        self.queries.extend(queries.into_iter().map(Into::into));
        self
    }
}

impl From<()> for Done {
    fn from((): ()) -> Self {
        Self::default()
    }
}
