//! Claiming due tasks and running them.

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

/// Beyond the longest attempt, how long a lease lasts: time to write down how it ended.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// How soon to look for due tasks again while others run.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The longest error kept with a task, in bytes.
const MAX_ERROR_BYTES: usize = 1000;

/// How many attempts may break off with their process before the task is dead, beyond those that its schedule gives.
const INTERRUPTIONS: usize = 5;

/// What a run of due tasks did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// How many attempts were made.
    pub ran: u32,
    /// When the next task is due, if there is one; a moment that has passed when the budget ran out first.
    pub next_due: Option<Timestamp>,
}

/// A claimed row of `tasks`.
#[derive(Debug, Deserialize)]
struct Claimed {
    id: String,
    name: String,
    args: String,
    attempt: u32,
    request_id: String,
    trace: String,
}

impl Registry {
    /// Runs due tasks until none is due or the budget is spent.
    pub(crate) async fn drain(&self, context: &Context, budget: Budget) -> Drained {
        if self.tasks.is_empty() {
            return Drained {
                ran: 0,
                next_due: None,
            };
        }
        let limit = budget.at_once;
        let claims_until = context.clock().now() + budget.time;
        let mut ran = 0;
        let mut exhausted = false;
        let mut looks_again = false;
        let mut running = FuturesUnordered::new();
        loop {
            let idle = limit - u32::try_from(running.len()).unwrap_or(limit);
            let has_time = context.clock().now() < claims_until;
            let wanted = if has_time {
                idle.min(budget.attempts - ran)
            } else {
                0
            };
            // Refilled when half the places are free, so that claims stay few, and when it is time to look again, so that
            // slow tasks in most of the places hold up no other.
            if !exhausted && wanted > 0 && (idle * 2 >= limit || looks_again) {
                looks_again = false;
                let lease = RequestId::random(&context.random());
                match self.claim(context, &lease, wanted).await {
                    Ok(claimed) => {
                        let count = u32::try_from(claimed.len()).unwrap_or(wanted);
                        exhausted = count < wanted;
                        if !exhausted && ran == 0 {
                            // There may be more than one run can do: another may share the work.
                            context.host().queue.wake(Duration::ZERO).await;
                        }
                        ran += count;
                        running.extend(
                            claimed
                                .into_iter()
                                .map(|task| self.attempt(context, task, lease.clone())),
                        );
                    }
                    Err(error) => {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "due tasks cannot be claimed"
                        );
                        exhausted = true;
                    }
                }
            }
            if running.is_empty() && (exhausted || wanted == 0) {
                break;
            }
            // A slow task holds up none that falls due meanwhile.
            let more = select(
                context.host().queue.woken(),
                context.host().clock.sleep(LOOK_AGAIN),
            );
            if let Either::Right(_) = select(running.next(), more).await {
                exhausted = false;
                looks_again = true;
            }
        }
        Drained {
            ran,
            next_due: next_due(context).await,
        }
    }

    async fn claim(
        &self,
        context: &Context,
        lease: &RequestId,
        limit: u32,
    ) -> Result<Vec<Claimed>, DbError> {
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

    async fn attempt(&self, context: &Context, task: Claimed, lease: RequestId) {
        let subject = Subject::Attempt {
            task: task.name.clone(),
            task_id: task.id.clone(),
            number: task.attempt,
        };
        let scope = telemetry::start_attempt(context, subject, &task.request_id, &task.trace);
        async {
            let outcome = self.run(&context.within(Arc::clone(&scope)), &task).await;
            let error = outcome.as_ref().err().map(|error| error as &dyn Error);
            let line = telemetry::end_attempt(context, &scope, error);
            if let Err(error) = self.finish(context, &task, &lease, outcome, line).await {
                // The lease runs out and the task is claimed again.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the end of a task cannot be recorded"
                );
            }
        }
        .instrument(log::span(&scope))
        .await;
    }

    async fn run(&self, context: &Context, task: &Claimed) -> Result<(), TaskError> {
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
        // A task whose attempts end the process each time, by a trap or for want of memory, must end too.
        let attempts = registration.retry.delays().len() + 1;
        if task.attempt as usize > attempts + INTERRUPTIONS {
            return Err(TaskError::dead(format!(
                "started {} times, and too often without an end",
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
                "no end within {} s",
                registration.timeout.as_secs_f64()
            ))),
        }
    }

    /// Records how an attempt ended, unless its lease ran out and another worker has the task.
    async fn finish(
        &self,
        context: &Context,
        task: &Claimed,
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
                    .bind(shortened(&error.message))
                    .execute(&db)
                    .await?;
                line.failed(&error, delay);
                context.host().queue.wake(delay).await;
            }
            None => {
                query("update tasks set state = 'dead', lease = null, last_error = ?3 where id = ?1 and lease = ?2")
                    .bind(&task.id)
                    .bind(lease.as_str())
                    .bind(shortened(&error.message))
                    .execute(&db)
                    .await?;
                line.dead(&error);
            }
        }
        Ok(())
    }
}

async fn next_due(context: &Context) -> Option<Timestamp> {
    let next = query("select min(due_at) from tasks where state = 'pending'");
    match next.fetch_one::<Option<Timestamp>>(&context.db()).await {
        Ok(next) => next,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the next due task cannot be read"
            );
            None
        }
    }
}

fn shortened(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_ERROR_BYTES)]
}
