//! One attempt of a task.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::Request;
use axum::http::request::Parts;
use futures_util::future::{Either, select};
use tracing::Instrument;

use super::claim::ClaimedTask;
use super::config::Registration;
use super::handler::RunHandler;
use super::minutes::AttemptCounts;
use super::registry::Registry;
use super::{Done, TaskError, middleware};
use crate::panic::caught;
use crate::scope::Subject;
use crate::{Context, Db, DbError, Problem, Timestamp, log, query, telemetry};

/// If this number of attempts in a row end without an outcome, the task is dead. An attempt ends without an outcome if
/// the process ends during the attempt.
const MAX_CRASHES: u32 = 5;

/// An extractor for task handlers: the attempt for which the handler was called.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// The task's id, which is the same for every attempt.
    pub task_id: String,
    /// The number of the attempt, counted from 1. Interrupted attempts also count.
    pub number: u32,
    /// How many attempts have failed. Attempts that were interrupted or snoozed do not count.
    pub failures: u32,
    /// Whether this attempt is the last. If the last attempt fails, the task is not retried.
    pub is_last: bool,
    pub(super) lease: String,
}

impl Attempt {
    /// Returns true if the outcome of this attempt can still be recorded. Returns false if the task was canceled (see
    /// [`Tasks::cancel`](super::Tasks::cancel)), or if another attempt has taken the lease. A long task can call this
    /// method between its steps, and stop if the result is false.
    ///
    /// # Errors
    ///
    /// Returns any error that the database reports.
    pub async fn is_current(&self, db: &Db) -> Result<bool, DbError> {
        let held = query("select exists (select 1 from tasks where id = ?1 and lease = ?2)");
        held.bind(&self.task_id)
            .bind(&self.lease)
            .fetch_one(db)
            .await
    }
}

impl FromRequestParts<Context> for Attempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let attempt = parts.extensions.get::<Self>().cloned();
        attempt.ok_or_else(|| {
            Problem::internal("`Attempt` is available in task handlers only, not in requests")
        })
    }
}

/// A claimed task that is about to run.
pub(super) struct Started<'a> {
    pub(super) task: ClaimedTask,
    pub(super) registration: &'a Registration,
    /// How many tasks with the same name and the same concurrency key may run at the same time.
    pub(super) limit: Option<u32>,
    pub(super) lease: String,
    pub(super) lease_ends: Timestamp,
    pub(super) counts: Option<&'a dyn AttemptCounts>,
}

impl Registry {
    /// Runs one attempt of a task, records the outcome in the database, and reports the attempt as a log line and a
    /// span. Returns true if the end of the attempt lets a waiting task run, for example because of a concurrency
    /// limit.
    pub(super) async fn attempt(&self, context: &Context, started: &Started<'_>) -> bool {
        let task = &started.task;
        // The lease may already have ended if the process was paused after the claim, for example because the machine
        // was suspended.
        if context.clock().now() >= started.lease_ends {
            tracing::warn!(
                task = task.name,
                task_id = task.id,
                "the lease on a task ended before the attempt started, so the attempt was skipped"
            );
            return false;
        }
        let subject = Subject::Attempt {
            task: task.name.clone(),
            task_id: task.id.clone(),
            number: task.attempt,
        };
        let scope = telemetry::start_attempt(context, subject, &task.request_id, &task.trace);
        self.in_flight.add(&task.id, &started.lease);
        let frees_place = async {
            let outcome = started.run(&context.within(Arc::clone(&scope))).await;
            let error = outcome.as_ref().err().map(|error| error as &dyn Error);
            let line = telemetry::end_attempt(context, &scope, error);
            let frees_place = started.end(context, outcome, line).await;
            // The outcome is already recorded at this point, because the work after the attempt may take longer than
            // the lease.
            if let Some(work) = scope.after.take(|| log::span(&scope)) {
                work.await;
            }
            frees_place
        }
        .instrument(log::span(&scope))
        .await;
        self.in_flight.remove(&task.id, &started.lease);
        frees_place
    }
}

impl Started<'_> {
    /// Runs the middleware of the task, which runs the task's handler. Both the middleware and the handler have a time
    /// limit.
    async fn run(&self, context: &Context) -> Result<Done, TaskError> {
        let Self {
            task, registration, ..
        } = self;
        if task.crashes >= MAX_CRASHES {
            return Err(TaskError::dead(format!(
                "{MAX_CRASHES} attempts in a row ended without an outcome: the task crashes its process, or the process was \
                 stopped during each attempt"
            )));
        }
        let attempt = Attempt {
            task_id: task.id.clone(),
            number: task.attempt,
            failures: task.failures,
            is_last: registration.retry.delay(task.failures + 1, 0.5).is_none(),
            lease: self.lease.clone(),
        };
        let (handler, timeout) = (&registration.run, registration.timeout);
        let Some(around) = &registration.middleware.0 else {
            return handle(context, handler, timeout, &task.args, attempt).await;
        };
        let prepared = Prepared {
            name: registration.name,
            handler: Arc::clone(handler),
            args: task.args.clone(),
            timeout,
            attempt,
        };
        let attempt = async { around.start(context.clone(), prepared).await };
        within(context, timeout.saturating_add(middleware::TIME), attempt).await
    }
}

/// The data that middleware needs to run an attempt.
pub(super) struct Prepared {
    pub(super) name: &'static str,
    handler: RunHandler,
    pub(super) args: String,
    timeout: Duration,
    pub(super) attempt: Attempt,
}

impl Prepared {
    pub(super) async fn run(self, context: Context) -> Result<Done, TaskError> {
        handle(
            &context,
            &self.handler,
            self.timeout,
            &self.args,
            self.attempt,
        )
        .await
    }
}

/// Runs a task's handler within the task's time limit.
async fn handle(
    context: &Context,
    handler: &RunHandler,
    timeout: Duration,
    args: &str,
    attempt: Attempt,
) -> Result<Done, TaskError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.extensions.insert(attempt);
    // The future also parses the arguments, so that a panic of the parser fails only this attempt.
    let attempt = async { handler(args, parts, context.clone()).await };
    within(context, timeout, attempt).await
}

/// Runs an attempt and returns its outcome. If the attempt panics or exceeds the time limit, the outcome is an error.
async fn within(
    context: &Context,
    limit: Duration,
    attempt: impl Future<Output = Result<Done, TaskError>>,
) -> Result<Done, TaskError> {
    let time_limit = context.host().clock.sleep(limit);
    match select(std::pin::pin!(caught(attempt)), time_limit).await {
        Either::Left((outcome, _)) => outcome.unwrap_or_else(|panic| Err(TaskError::retry(panic))),
        Either::Right(((), _)) => Err(TaskError::retry(format!(
            "the attempt did not finish within {} s",
            limit.as_secs_f64()
        ))),
    }
}
