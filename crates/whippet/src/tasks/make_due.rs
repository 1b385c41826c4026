//! Makes tasks due immediately that are waiting for a later time.

use super::Tasks;
use crate::{AssertSqlSafe, Query, query};

impl Tasks {
    /// Returns a query that makes waiting tasks due immediately, for example to retry tasks after the cause of their
    /// failure was fixed. The query changes one row for each task that it makes due. After the query, the host wakes
    /// the task runner.
    ///
    /// `select` must return the ids of the tasks in one column. Tasks that are already due, running or dead do not
    /// change, so `select` may also return their ids. Keep the conditions of this example on `name`, `state`, `ready`
    /// and `lease`: with them, the database uses an index to find the waiting tasks.
    ///
    /// ```
    /// use whippet::{Db, DbError, Tasks, query};
    ///
    /// async fn open_account(db: &Db, tasks: &Tasks, account: &str) -> Result<(), DbError> {
    ///     let open = query("update accounts set closed = 0 where id = ?1").bind(account);
    ///     let waiting = query(
    ///         "select id from tasks where name = 'mail' and state = 'pending' and ready = 0 and lease is null \
    ///          and concurrency_key = ?1",
    ///     );
    ///     db.batch([open, tasks.make_due(waiting.bind(account))]).await?;
    ///     Ok(())
    /// }
    /// # drop(open_account);
    /// ```
    pub fn make_due(&self, select: impl Into<Query>) -> Query {
        let (select, values) = match select.into().into_parts() {
            Ok(parts) => parts,
            Err(error) => return Query::failing(error),
        };
        let now = self.clock.now();
        let number = values.len() + 1;
        let sql = format!(
            "update tasks set due_at = ?{number}, ready = 1 where id in ({select}) and state = 'pending' and ready = 0 \
             and lease is null"
        );
        let update = query(AssertSqlSafe(sql));
        let update = values.into_iter().fold(update, Query::bind);
        update.bind(now).enqueuing(now)
    }
}
