//! Virtual time: advances the clock and runs the tasks that fall due.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream};

use super::run::yield_once;
use super::{IntoDuration, TestApp, lock};
use crate::host::{TimeSource, sqlite};
use crate::tasks::RunSummary;
use crate::{Service, Statement, Timestamp};

/// The unfinished runs of due tasks. Each of them has a task that waits for virtual time.
pub(super) type Running = FuturesUnordered<BoxFuture<'static, RunSummary>>;

/// [`TestApp::settle`] returns after this many yields without any activity. Then everything that is left waits for a
/// later virtual time.
const QUIET_YIELDS: u32 = 16;

impl TestApp {
    /// Advances the clock by a [`Duration`](std::time::Duration) or by text such as `"5m"` or `"1h 30m"`.
    ///
    /// While the clock advances, everything happens at its due time: tasks run, calls of
    /// [`Clock::sleep`](crate::Clock::sleep) return, and time limits expire. A task that still waits when `advance`
    /// returns continues in the next call of `advance`. If a request waits for virtual time, await the request and
    /// `advance` concurrently, with `join!`.
    ///
    /// Returns how many task attempts have ended and when the next task is due.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a valid duration, or a task makes an outbound call that the test does not expect.
    pub async fn advance(&self, by: impl IntoDuration) -> RunSummary {
        let target = self.clock.now() + by.into_duration();
        let mut running = std::mem::take(&mut *lock(&self.running));
        let mut ran = 0;
        // The last time at which a run did nothing although a task was due. A second run at this time would also do
        // nothing, so it is skipped.
        let mut idle_at = None;
        loop {
            ran += self.settle(&mut running).await;
            let now = self.clock.now();
            let due = self.next_due();
            let due = due.filter(|due| *due > now || idle_at != Some(now));
            let next = due.into_iter().chain(self.clock.next()).min();
            let Some(next) = next.filter(|next| *next <= target) else {
                break;
            };
            self.move_to(next.max(now));
            if due.is_some_and(|due| due <= next) {
                let before = ran;
                running.push(self.drain());
                ran += self.settle(&mut running).await;
                idle_at = (before == ran).then(|| self.clock.now());
            }
        }
        self.move_to(target);
        ran += self.settle(&mut running).await;
        lock(&self.running).extend(running);
        self.fail_on_unexpected_calls();
        RunSummary {
            ran,
            next_due: self.next_due(),
        }
    }

    /// Moves the clock without running anything, as if the process had been stopped: no task runs, and no sleep ends.
    pub fn jump(&self, by: impl IntoDuration) {
        self.clock.jump(self.clock.now() + by.into_duration());
    }

    /// Runs every task that is due, and waits until all of these tasks have ended. If a task sleeps, await
    /// [`advance`](Self::advance) concurrently, with `join!`.
    ///
    /// # Panics
    ///
    /// Panics if a task makes an outbound call that the test does not expect.
    pub async fn run_tasks(&self) -> RunSummary {
        let drained = self.drain().await;
        self.fail_on_unexpected_calls();
        drained
    }

    /// Advances the clock until the next task or the next tick of a schedule is due, and runs the tasks that are then
    /// due. Returns `None` if no task is pending and the app has no schedule.
    ///
    /// # Panics
    ///
    /// Panics if a task makes an outbound call that the test does not expect.
    pub async fn run_next_task(&self) -> Option<RunSummary> {
        let mut due = self.next_due()?;
        if self
            .service
            .next_tick()
            .is_some_and(|tick| tick <= self.clock.now())
        {
            // Ticks may be due now. Before the first run, the time of the next tick is not known.
            let drained = self.run_tasks().await;
            if drained.ran > 0 {
                return Some(drained);
            }
            due = self.next_due()?;
        }
        Some(self.advance(due.since(self.clock.now())).await)
    }

    /// Returns the next time at which something happens: a task falls due, or a sleep ends.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let due = self.next_due().map(|due| due.max(now));
        due.into_iter().chain(self.clock.next()).min()
    }

    /// Polls a future until it is complete or waits for virtual time. If it waits, the next call of `advance` continues
    /// it.
    pub(super) async fn start(&self, work: BoxFuture<'static, ()>) {
        let mut work = Box::pin(self.capture.captured(work));
        for _ in 0..QUIET_YIELDS {
            let poll_once = poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready()));
            if poll_once.await {
                return;
            }
            yield_once().await;
        }
        lock(&self.running).push(Box::pin(async move {
            work.await;
            RunSummary {
                ran: 0,
                next_due: None,
            }
        }));
    }

    fn drain(&self) -> BoxFuture<'static, RunSummary> {
        let service = self.service.clone();
        let run = async move { Service::run_due_tasks(&service).await };
        Box::pin(self.capture.captured(run))
    }

    /// Returns the time at which the next task or the next tick of a schedule is due. Uses the connection directly, so
    /// that the query does not appear in the transcript.
    fn next_due(&self) -> Option<Timestamp> {
        let (sql, kinds) = self.service.next_due_query();
        let next = Statement {
            sql: sql.into(),
            values: vec![kinds.into()],
        };
        // The query fails if the app has no outbox table.
        let rows = sqlite::run(&lock(&self.database), &next).ok();
        let task = rows.and_then(|rows| rows.first().ok().flatten().flatten());
        task.into_iter().chain(self.service.next_tick()).min()
    }

    fn move_to(&self, to: Timestamp) {
        if to > self.clock.now() {
            self.transcript.add(super::transcript::Entry::Time(to));
        }
        self.clock.move_to(to);
    }

    /// Runs everything that can run at the current time. Returns the number of task attempts that ended.
    async fn settle(&self, running: &mut Running) -> u32 {
        let woken = Arc::new(WokenFlag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let activity = || (self.transcript.activity(), self.clock.created());
        let (mut ran, mut quiet) = (0, 0);
        while quiet < QUIET_YIELDS {
            let before = activity();
            let polled = woken.0.swap(false, Ordering::Relaxed);
            if polled {
                let mut context = Context::from_waker(&waker);
                while let Poll::Ready(Some(drained)) =
                    Pin::new(&mut *running).poll_next(&mut context)
                {
                    ran += drained.ran;
                }
            }
            yield_once().await;
            quiet = if polled || before != activity() {
                0
            } else {
                quiet + 1
            };
        }
        ran
    }
}

/// A waker that sets a flag when a run of due tasks is woken.
struct WokenFlag(AtomicBool);

impl Wake for WokenFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
