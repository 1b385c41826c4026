//! Records the outcome of an attempt: removes the task, schedules a retry, or marks the task as dead.

use std::error::Error;
use std::time::Duration;

use super::attempt::Started;
use super::error::Kind;
use super::group::count_end;
use super::{Done, TaskError};
use crate::log::AttemptLine;
use crate::{AssertSqlSafe, Context, DbError, Query, query};

/// The maximum length of the error message in a task's row, in bytes.
const MAX_ERROR_BYTES: usize = 1000;

/// The pause before the second try to record an outcome. Before every further try, the pause doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause between two tries to record an outcome.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Makes the whole batch fail if the attempt no longer holds the task's lease. In this case, the query tries to insert
/// a null id, and the error is a [`DbError::NotNull`] for `tasks.id`.
const FENCE: &str = "insert into tasks (id, name, args, due_at, created_at) \
     select null, '', '', 0, 0 where not exists (select 1 from tasks where id = ?1 and lease = ?2)";

/// Returns true if the end of this attempt lets another ready task run. This is so if a task with the same name and
/// concurrency key is ready, and the attempt used the last place of the limit `?3` for this name and key.
const RETURNING: &str = "returning ?3 is not null and exists (select 1 from tasks other where state = 'pending' \
     and ready = 1 and lease is null and name = ?4 and concurrency_key = ?5) and ?3 <= 1 + \
     (select count(*) from tasks other where lease is not null and name = ?4 and concurrency_key = ?5)";

/// How an attempt ends.
pub(crate) enum End {
    Done,
    /// The task runs again after the delay. The `bool` is true if the attempt counts as failed.
    Again(Duration, bool),
    Dead,
}

/// The result of a try to record an outcome.
enum Recorded {
    /// The outcome is recorded. The `bool` is true if another task can now run, because it had to wait for a free place
    /// or for the end of a group.
    Yes(bool),
    /// The outcome is not recorded, because another attempt holds the lease, or the task was canceled.
    LeaseLost,
}

impl Started<'_> {
    /// Records the outcome of the attempt, unless its lease has expired and another attempt has claimed the task. If
    /// the write fails, repeats it until it succeeds or the lease ends. Returns true if another task may be able to run
    /// now.
    pub(super) async fn end(
        &self,
        context: &Context,
        mut outcome: Result<Done, TaskError>,
        line: AttemptLine,
    ) -> bool {
        let mut pause = FIRST_PAUSE;
        let mut is_retried = false;
        loop {
            let end = self.decide(context, &outcome);
            match self.record(context, &end, &outcome).await {
                Ok(Recorded::Yes(frees_place)) => {
                    self.report(context, &end, &outcome, line).await;
                    return frees_place;
                }
                // The previous try reported an error, but may still have recorded the outcome.
                Ok(Recorded::LeaseLost) if is_retried => {
                    self.report(context, &end, &outcome, line).await;
                    return true;
                }
                Ok(Recorded::LeaseLost) => {
                    line.lease_lost();
                    return false;
                }
                Err(error) if is_permanent(&error) && !queries(&outcome).is_empty() => {
                    outcome = Err(TaskError::retry(format!(
                        "the queries of the attempt cannot be written: {error}"
                    )));
                }
                Err(error) => {
                    let now = context.clock().now();
                    if now + pause >= self.lease_ends {
                        // The task will be claimed again when the lease expires.
                        tracing::error!(
                            error = &error as &dyn Error,
                            "failed to record the outcome of a task attempt"
                        );
                        return false;
                    }
                    context.host().clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    is_retried = true;
                }
            }
        }
    }

    fn decide(&self, context: &Context, outcome: &Result<Done, TaskError>) -> End {
        let Err(error) = outcome else {
            return End::Done;
        };
        match error.kind {
            Kind::Dead => End::Dead,
            Kind::Snooze => End::Again(error.not_before, false),
            Kind::Retry => {
                let failures = self.task.failures + 1;
                let retry = &self.registration.retry;
                match retry.delay(failures, context.random().fraction()) {
                    Some(delay) => End::Again(delay.max(error.not_before), true),
                    None => End::Dead,
                }
            }
        }
    }

    /// Records the outcome and runs the queries of the attempt, in one transaction.
    async fn record(
        &self,
        context: &Context,
        end: &End,
        outcome: &Result<Done, TaskError>,
    ) -> Result<Recorded, DbError> {
        let queries = queries(outcome);
        let message = outcome.as_ref().err().map_or("", |error| &error.message);
        let group = self.task.group_id.as_deref();
        let count = match end {
            End::Again(..) => None,
            End::Done => group.map(|group| count_end(group, true)),
            End::Dead => group.map(|group| count_end(group, false)),
        };
        let end = self.query(context, end, truncated(message));
        if queries.is_empty() && count.is_none() {
            let ended: Option<bool> = end.fetch_optional(&context.db()).await?;
            return Ok(ended.map_or(Recorded::LeaseLost, Recorded::Yes));
        }
        let fence = query(FENCE).bind(&self.task.id).bind(&self.lease);
        let mut batch = vec![fence];
        batch.extend(queries.iter().cloned());
        batch.push(end);
        batch.extend(count);
        let count = batch.len();
        match context.db().batch(batch).await {
            Ok(results) => {
                // If the task was the last member of a group to end, the task that follows the group may run now.
                let mut frees_place = false;
                for at in queries.len() + 1..count {
                    let rows: Vec<bool> = results.rows(at)?;
                    frees_place |= rows.contains(&true);
                }
                Ok(Recorded::Yes(frees_place))
            }
            Err(DbError::NotNull { table, column }) if table == "tasks" && column == "id" => {
                Ok(Recorded::LeaseLost)
            }
            Err(error) => Err(error),
        }
    }

    fn query(&self, context: &Context, end: &End, message: &str) -> Query {
        let task = &self.task;
        let change = match end {
            End::Done => "delete from tasks",
            End::Again(_, true) => {
                "update tasks set ready = 0, due_at = ?6, lease = null, crashes = 0, failures = failures + 1, last_error = ?7"
            }
            End::Again(_, false) => {
                "update tasks set ready = 0, due_at = ?6, lease = null, crashes = 0"
            }
            End::Dead => {
                "update tasks set state = 'dead', ready = 0, due_at = ?6, lease = null, failures = failures + 1, last_error = ?7"
            }
        };
        let sql = format!("{change} where id = ?1 and lease = ?2 {RETURNING}");
        let query = query(AssertSqlSafe(sql))
            .bind(&task.id)
            .bind(&self.lease)
            .bind(self.limit)
            .bind(&task.name)
            .bind(&task.concurrency_key);
        let now = context.clock().now();
        match end {
            End::Done => query,
            End::Again(delay, false) => query.bind(now + *delay),
            End::Again(delay, true) => query.bind(now + *delay).bind(message),
            End::Dead => query.bind(now).bind(message),
        }
    }

    /// Counts the attempt, writes its log line, and requests a wake-up if the task runs again.
    async fn report(
        &self,
        context: &Context,
        end: &End,
        outcome: &Result<Done, TaskError>,
        line: AttemptLine,
    ) {
        if let Some(counts) = self.counts {
            counts.add(context.clock().now(), end);
        }
        match (end, outcome) {
            (End::Again(delay, is_failed), Err(error)) => {
                if *is_failed {
                    line.failed(error, *delay);
                } else {
                    line.snoozed(*delay);
                }
                context.host().wake_up.wake(*delay).await;
            }
            (End::Dead, Err(error)) => line.dead(error),
            _ => line.done(),
        }
    }
}

/// Returns the queries of the attempt, which run in the same transaction that records the outcome.
fn queries(outcome: &Result<Done, TaskError>) -> &[Query] {
    match outcome {
        Ok(done) => &done.queries,
        Err(error) => &error.queries,
    }
}

/// Returns true if a repetition of the query would also fail. Examples are a violated constraint, an exceeded limit and
/// a missing table.
fn is_permanent(error: &DbError) -> bool {
    match error {
        DbError::Database(_) => error.is_missing_table(),
        DbError::Busy(_) => false,
        _ => true,
    }
}

/// Truncates an error message to [`MAX_ERROR_BYTES`].
fn truncated(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_ERROR_BYTES)]
}
