//! Runs of due tasks. A budget limits how many attempts a run starts, how many of them are concurrent, and how long the
//! run lasts.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::FuturesUnordered;

use super::attempt::Started;
use super::claim::{Claim, Crashed};
use super::registry::{Places, Registry};
use crate::wake_up::Budget;
use crate::{Context, DbError, Timestamp};

/// The interval at which a run looks for due tasks while other tasks are running.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The pause before the next claim if a claim has failed, for example because the disk is full.
const CLAIM_PAUSE: Duration = Duration::from_secs(5);

/// The result of a run of due tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSummary {
    /// The number of attempts that were started.
    pub ran: u32,
    /// The time at which the host has to run due tasks again, because the next pending task or the next tick of a
    /// schedule is then due. If the database has failed, the time is 5 s after the failure. `None` if no task is
    /// pending and the app has no schedule. A time in the past means that the budget ran out while tasks were due.
    pub next_due: Option<Timestamp>,
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
        let mut run = Run::new(self, context, budget);
        run.drain().await;
        let (ran, next_due) = (run.ran, run.next_due().await);
        self.log_unknown(context).await;
        self.delete_old(context).await;
        RunSummary { ran, next_due }
    }

    /// Logs a database error, unless the previous access to the due tasks failed too.
    fn log_failure(&self, error: &DbError, message: &'static str) {
        if self.failures.starts() {
            tracing::error!(error = error as &dyn Error, "{message}");
        }
    }
}

/// An attempt that has ended.
struct Ended {
    queue: &'static str,
    /// True if a task that waited because of a concurrency limit can now run.
    frees_place: bool,
}

/// One run of due tasks.
struct Run<'a> {
    registry: &'a Registry,
    context: &'a Context,
    budget: Budget,
    claims_until: Timestamp,
    ran: u32,
    attempts: FuturesUnordered<BoxFuture<'a, Ended>>,
    /// How many tasks of each queue are running.
    running: HashMap<&'static str, u32>,
    /// True after a claim that failed or claimed all due tasks. Then the run claims nothing until the next poll, or
    /// until an attempt frees a place for a waiting task.
    all_claimed: bool,
    has_failed: bool,
    /// If true, the run claims tasks even if fewer than half of the places are free.
    is_urgent: bool,
    /// Whether the next claim first looks for a task that has crashed. If it finds one, it claims no other task.
    takes_crashed_alone: bool,
}

impl<'a> Run<'a> {
    fn new(registry: &'a Registry, context: &'a Context, budget: Budget) -> Self {
        Self {
            registry,
            context,
            budget,
            claims_until: context.clock().now() + budget.time,
            ran: 0,
            attempts: FuturesUnordered::new(),
            running: HashMap::new(),
            all_claimed: false,
            has_failed: false,
            is_urgent: false,
            takes_crashed_alone: budget.isolates_crashed,
        }
    }

    async fn drain(&mut self) {
        loop {
            let limit = self.budget.max_concurrent;
            let free = limit - u32::try_from(self.attempts.len()).unwrap_or(limit);
            let wanted = self.wanted(free);
            // The run waits until half of the places are free before it claims tasks. This keeps the number of claims
            // low. At a poll, the run claims tasks even if fewer places are free, so that slow tasks do not delay other
            // tasks.
            if !self.all_claimed && wanted > 0 && (free * 2 >= limit || self.is_urgent) {
                self.is_urgent = false;
                self.claim(wanted).await;
            }
            if self.attempts.is_empty() && (self.all_claimed || wanted == 0) {
                return;
            }
            self.wait().await;
        }
    }

    /// Returns how many tasks the run may claim.
    fn wanted(&self, free: u32) -> u32 {
        let has_time = self.context.clock().now() < self.claims_until;
        if has_time && !self.context.is_shutting_down() {
            free.min(self.budget.attempts - self.ran)
        } else {
            0
        }
    }

    async fn claim(&mut self, wanted: u32) {
        if let Some(counts) = &self.registry.counts {
            // If tasks are always due, a run may last for hours. So it does not wait until its end to write the counts.
            counts.write_each_minute(self.context).await;
        }
        let crashed = match (self.budget.isolates_crashed, self.takes_crashed_alone) {
            (false, _) => Crashed::Beside,
            (true, true) => Crashed::Alone,
            (true, false) => Crashed::Never,
        };
        self.takes_crashed_alone = false;
        let (claim, ended) = self.claim_beside_attempts(wanted, crashed).await;
        self.has_failed = claim.is_err();
        match claim {
            Ok(claim) => {
                if self.registry.failures.ends() {
                    tracing::info!("due tasks can be claimed again");
                }
                let is_alone =
                    crashed == Crashed::Alone && claim.tasks.iter().any(|t| t.crashes > 0);
                let is_first = self.ran == 0;
                self.all_claimed = !claim.may_have_more;
                self.start(claim);
                if !self.all_claimed && is_first {
                    // More tasks may be due than this run can claim. So this wake-up asks the host to start another
                    // run.
                    self.context.host().wake_up.wake(Duration::ZERO).await;
                }
                if is_alone {
                    while self.attempts.next().await.is_some() {}
                    self.running.clear();
                }
            }
            Err(error) => {
                self.registry
                    .log_failure(&error, "failed to claim due tasks");
                self.all_claimed = true;
            }
        }
        for attempt in ended {
            self.end(&attempt).await;
        }
    }

    /// Claims tasks while the attempts of the run continue. Returns the claim, and the attempts that have ended
    /// meanwhile. This prevents a deadlock on Spin, where a claim may wait for a database lock that an attempt holds
    /// while recording its outcome.
    async fn claim_beside_attempts(
        &mut self,
        wanted: u32,
        crashed: Crashed,
    ) -> (Result<Claim, DbError>, Vec<Ended>) {
        let places = Places {
            max_concurrent: self.budget.max_concurrent,
            running: &self.running,
        };
        let claim = self.registry.claim(self.context, &places, wanted, crashed);
        let mut claim = std::pin::pin!(claim);
        let mut ended = Vec::new();
        let claim = loop {
            match select(claim.as_mut(), self.attempts.next()).await {
                Either::Left((claim, _)) => break claim,
                Either::Right((Some(attempt), _)) => ended.push(attempt),
                Either::Right((None, _)) => break claim.await,
            }
        };
        (claim, ended)
    }

    /// Starts the attempts of the claimed tasks.
    fn start(&mut self, claim: Claim) {
        let (registry, context) = (self.registry, self.context);
        for task in claim.tasks {
            // A claim returns only tasks with a known name.
            let Some(registration) = registry.tasks.get(task.name.as_str()) else {
                continue;
            };
            let queue = registration.queue;
            let started = Started {
                lease: claim.lease.as_str().to_owned(),
                lease_ends: claim.at + registration.lease(),
                limit: registration.limit(&task.concurrency_key, self.budget.max_concurrent),
                task,
                registration,
                counts: registry.counts.as_deref(),
            };
            self.ran += 1;
            *self.running.entry(queue).or_default() += 1;
            self.attempts.push(Box::pin(async move {
                Ended {
                    queue,
                    frees_place: registry.attempt(context, &started).await,
                }
            }));
        }
    }

    /// Waits until an attempt ends. The run polls for due tasks while it waits, so a slow task does not delay other
    /// tasks.
    async fn wait(&mut self) {
        let poll = select(
            self.context.host().wake_up.woken(),
            self.context.host().clock.sleep(POLL_INTERVAL),
        );
        let ended = match select(self.attempts.next(), poll).await {
            Either::Left((ended, _)) => ended,
            Either::Right(_) => {
                self.all_claimed = false;
                self.is_urgent = true;
                return;
            }
        };
        if let Some(ended) = ended {
            self.end(&ended).await;
        }
    }

    /// Frees the place of an attempt that has ended. Then checks whether another task can use this place.
    async fn end(&mut self, ended: &Ended) {
        let places = Places {
            max_concurrent: self.budget.max_concurrent,
            running: &self.running,
        };
        let was_full = self.registry.free_places(ended.queue, &places) == 0;
        if let Some(running) = self.running.get_mut(ended.queue) {
            *running = running.saturating_sub(1);
        }
        // A waiting task can now run. If the budget of this run is used up, another run has to start this task.
        if ended.frees_place && self.wanted(1) == 0 {
            self.context.host().wake_up.wake(Duration::ZERO).await;
        } else if ended.frees_place || was_full {
            self.all_claimed = false;
            self.is_urgent |= ended.frees_place;
        }
    }

    /// Returns the time at which to look for due tasks again.
    async fn next_due(&mut self) -> Option<Timestamp> {
        let context = self.context;
        let now = || context.clock().now();
        if self.has_failed {
            return next_try(context).await;
        }
        let limit = self.budget.max_concurrent;
        let due = match self.registry.next_due(self.context, limit).await {
            Ok(due) => due
                .into_iter()
                .chain(self.registry.next_tick(now()))
                .min()?,
            Err(error) => {
                let message = "failed to read when the next task is due";
                self.registry.log_failure(&error, message);
                return next_try(context).await;
            }
        };
        // If a task is due but the run found no task, an immediate second run would find no task either.
        let is_idle = self.ran == 0 && self.all_claimed;
        Some(if is_idle {
            due.max(now() + POLL_INTERVAL)
        } else {
            due
        })
    }
}

/// Requests a wake-up after the database has failed. Returns the time of the wake-up.
async fn next_try(context: &Context) -> Option<Timestamp> {
    context.host().wake_up.wake(CLAIM_PAUSE).await;
    Some(context.clock().now() + CLAIM_PAUSE)
}
