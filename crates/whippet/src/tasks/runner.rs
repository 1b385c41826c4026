//! Claims due tasks and runs them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use tracing::Instrument;

use super::handler::Registry;
use super::{Attempt, TaskError};
use crate::log::{self, AttemptLine};
use crate::panic::caught;
use crate::scope::Subject;
use crate::wake_up::Budget;
use crate::{Context, DbError, RequestId, Timestamp, query, telemetry};

/// How much longer a lease on a task lasts than the longest time limit of an attempt, so that the outcome can be
/// recorded.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// The interval at which a run looks for due tasks while other tasks are running.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The time until the next claim after a claim has failed, for example because the disk is full.
const CLAIM_PAUSE: Duration = Duration::from_secs(5);

/// The maximum length of the error message in a task's row, in bytes.
const MAX_ERROR_BYTES: usize = 1000;

/// The number of attempts that a task may start beyond those that its [`Retry`](super::Retry) allows, because attempts
/// may be interrupted when their process ends.
const MAX_INTERRUPTIONS: usize = 5;

/// The result of a run of due tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSummary {
    /// The number of attempts that were started.
    pub ran: u32,
    /// The time at which to look for due tasks again: when the next pending task is due, or 5 s after the database has
    /// failed. `None` if no task is pending. A time in the past means that the budget ran out while tasks were due.
    pub next_due: Option<Timestamp>,
}

/// A row of the table `tasks` that this run of due tasks has claimed.
#[derive(Debug, Deserialize)]
struct ClaimedTask {
    id: String,
    name: String,
    args: String,
    attempt: u32,
    request_id: String,
    trace: String,
}

impl Registry {
    /// Runs due tasks until no task is due or the budget is used up.
    pub(crate) async fn drain(&self, context: &Context, budget: Budget) -> RunSummary {
        if self.tasks.is_empty() {
            return RunSummary {
                ran: 0,
                next_due: None,
            };
        }
        let limit = budget.max_concurrent;
        let claims_until = context.clock().now() + budget.time;
        let mut ran = 0;
        // Whether no tasks are claimed until the next poll, because the last claim returned fewer tasks than
        // requested, or failed.
        let mut all_claimed = false;
        let mut claim_failed = false;
        let mut polls = false;
        let mut running = FuturesUnordered::new();
        loop {
            let free = limit - u32::try_from(running.len()).unwrap_or(limit);
            let has_time = context.clock().now() < claims_until && !context.is_shutting_down();
            let wanted = if has_time {
                free.min(budget.attempts - ran)
            } else {
                0
            };
            // Tasks are claimed when half of the concurrent slots are free, which keeps the number of claims low. Tasks
            // are also claimed at every poll, so that slow tasks do not delay other tasks.
            if !all_claimed && wanted > 0 && (free * 2 >= limit || polls) {
                polls = false;
                let lease = RequestId::random(&context.random());
                let claimed = self.claim(context, &lease, wanted).await;
                claim_failed = claimed.is_err();
                match claimed {
                    Ok(claimed) => {
                        if self.failures.ends() {
                            tracing::info!("due tasks can be claimed again");
                        }
                        let count = u32::try_from(claimed.len()).unwrap_or(wanted);
                        all_claimed = count < wanted;
                        if !all_claimed && ran == 0 {
                            // More tasks may be due than this run can claim, so this wake-up asks the host to start
                            // another run.
                            context.host().wake_up.wake(Duration::ZERO).await;
                        }
                        ran += count;
                        running.extend(
                            claimed
                                .into_iter()
                                .map(|task| self.attempt(context, task, lease.clone())),
                        );
                    }
                    Err(error) => {
                        self.log_failure(&error, "failed to claim due tasks");
                        all_claimed = true;
                    }
                }
            }
            if running.is_empty() && (all_claimed || wanted == 0) {
                break;
            }
            // The run polls for due tasks while it waits, so a slow task does not delay other tasks.
            let poll = select(
                context.host().wake_up.woken(),
                context.host().clock.sleep(POLL_INTERVAL),
            );
            if let Either::Right(_) = select(running.next(), poll).await {
                all_claimed = false;
                polls = true;
            }
        }
        let retry_at = || Some(context.clock().now() + CLAIM_PAUSE);
        let next_due = if claim_failed {
            retry_at()
        } else {
            let next_due = next_due(context).await;
            next_due.unwrap_or_else(|error| {
                self.log_failure(&error, "failed to read when the next task is due");
                retry_at()
            })
        };
        RunSummary { ran, next_due }
    }

    /// Logs a failure of the database, unless the last access to the due tasks failed too.
    fn log_failure(&self, error: &DbError, message: &'static str) {
        if self.failures.starts() {
            tracing::error!(error = error as &dyn Error, "{message}");
        }
    }

    /// Claims up to `limit` due tasks, by writing the lease and its expiry time to the rows of the tasks.
    async fn claim(
        &self,
        context: &Context,
        lease: &RequestId,
        limit: u32,
    ) -> Result<Vec<ClaimedTask>, DbError> {
        let now = context.clock().now();
        query(
            "update tasks set attempt = attempt + 1, lease = ?1, due_at = ?3 \
             where id in (select id from tasks where state = 'pending' and due_at <= ?2 order by due_at limit ?4) \
             returning id, name, args, attempt, request_id, trace",
        )
        .bind(lease.as_str())
        .bind(now)
        .bind(now + self.longest_timeout() + LEASE_MARGIN)
        .bind(limit)
        .fetch_all(&context.db())
        .await
    }

    /// Runs one attempt of a task, records the outcome in the database, and reports the attempt as a log line and a
    /// span.
    async fn attempt(&self, context: &Context, task: ClaimedTask, lease: RequestId) {
        let subject = Subject::Attempt {
            task: task.name.clone(),
            task_id: task.id.clone(),
            number: task.attempt,
        };
        let scope = telemetry::start_attempt(context, subject, &task.request_id, &task.trace);
        async {
            let outcome = self.run(&context.within(Arc::clone(&scope)), &task).await;
            if let Some(work) = scope.after.take(|| log::span(&scope)) {
                work.await;
            }
            let error = outcome.as_ref().err().map(|error| error as &dyn Error);
            let line = telemetry::end_attempt(context, &scope, error);
            if let Err(error) = self.finish(context, &task, &lease, outcome, line).await {
                // A task whose outcome was not recorded is claimed again when its lease expires.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "failed to record the outcome of a task attempt"
                );
            }
        }
        .instrument(log::span(&scope))
        .await;
    }

    /// Runs the task's handler within the task's time limit.
    async fn run(&self, context: &Context, task: &ClaimedTask) -> Result<(), TaskError> {
        let Some(registration) = self.tasks.get(task.name.as_str()) else {
            return Err(TaskError::dead(format!(
                "this program has no task named {:?}",
                task.name
            )));
        };
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.extensions.insert(Attempt {
            task_id: task.id.clone(),
            number: task.attempt,
            is_last: registration.retry.delay(task.attempt, 0.5).is_none(),
        });
        // A task whose attempts always end the process, by a trap or because memory runs out, must not be retried
        // forever.
        let scheduled = registration.retry.delays().len() + 1;
        if task.attempt as usize > scheduled + MAX_INTERRUPTIONS {
            return Err(TaskError::dead(format!(
                "the task was started {} times, more often than its retries allow",
                task.attempt
            )));
        }
        let attempt = caught((registration.run)(&task.args, parts, context.clone()));
        let time_limit = context.host().clock.sleep(registration.timeout);
        match select(std::pin::pin!(attempt), time_limit).await {
            Either::Left((outcome, _)) => {
                outcome.unwrap_or_else(|panic| Err(TaskError::retry(panic)))
            }
            Either::Right(((), _)) => Err(TaskError::retry(format!(
                "the attempt did not finish within {} s",
                registration.timeout.as_secs_f64()
            ))),
        }
    }

    /// Records the outcome of an attempt, unless its lease has expired and another run has claimed the task.
    async fn finish(
        &self,
        context: &Context,
        task: &ClaimedTask,
        lease: &RequestId,
        outcome: Result<(), TaskError>,
        line: AttemptLine,
    ) -> Result<(), DbError> {
        let db = context.db();
        let Err(error) = outcome else {
            let done = query("delete from tasks where id = ?1 and lease = ?2");
            done.bind(&task.id)
                .bind(lease.as_str())
                .execute(&db)
                .await?;
            line.done();
            return Ok(());
        };
        let retry = self
            .tasks
            .get(task.name.as_str())
            .map(|registration| &registration.retry);
        let delay = retry.filter(|_| !error.is_final);
        let delay = delay.and_then(|retry| retry.delay(task.attempt, context.random().fraction()));
        match delay {
            Some(delay) => {
                let delay = delay.max(error.not_before);
                query("update tasks set due_at = ?3, lease = null, last_error = ?4 where id = ?1 and lease = ?2")
                    .bind(&task.id)
                    .bind(lease.as_str())
                    .bind(context.clock().now() + delay)
                    .bind(truncated(&error.message))
                    .execute(&db)
                    .await?;
                line.failed(&error, delay);
                context.host().wake_up.wake(delay).await;
            }
            None => {
                query("update tasks set state = 'dead', lease = null, last_error = ?3 where id = ?1 and lease = ?2")
                    .bind(&task.id)
                    .bind(lease.as_str())
                    .bind(truncated(&error.message))
                    .execute(&db)
                    .await?;
                line.dead(&error);
            }
        }
        Ok(())
    }
}

/// Returns the time at which the next pending task is due.
async fn next_due(context: &Context) -> Result<Option<Timestamp>, DbError> {
    let next = query("select min(due_at) from tasks where state = 'pending'");
    next.fetch_one(&context.db()).await
}

/// Truncates an error message to [`MAX_ERROR_BYTES`].
fn truncated(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_ERROR_BYTES)]
}
