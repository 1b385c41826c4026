//! Time passing, and the tasks that fall due in it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, Stream};

use super::run::yield_once;
use super::{IntoDuration, TestApp, lock};
use crate::host::{TimeSource, sqlite};
use crate::tasks::Drained;
use crate::{Service, Statement, Timestamp};

/// Runs of due tasks that have not ended: a task in them sleeps.
pub(super) type Running = FuturesUnordered<BoxFuture<'static, Drained>>;

/// How often everything else is let go first, without anything happening, before nothing more is thought to happen.
const QUIET: u32 = 16;

impl TestApp {
    /// Lets this much time pass: a [`Duration`](std::time::Duration), or text such as `"5m"` or `"1h 30m"`.
    ///
    /// What falls due in it happens at its time, in order: tasks run, and what waits in the app goes on, be it for
    /// [`Clock::sleep`](crate::Clock::sleep) or a time limit. A task that still waits at the end goes on when more time
    /// passes. A request that waits is awaited beside this, with `join!`.
    ///
    /// Says how many attempts at tasks have ended, and when the next is due.
    ///
    /// # Panics
    ///
    /// When the text is no duration, or a task makes an outbound call that the test does not expect.
    pub async fn advance(&self, by: impl IntoDuration) -> Drained {
        let target = self.clock.now() + by.into_duration();
        let mut running = std::mem::take(&mut *lock(&self.running));
        let mut ran = 0;
        // A run that did nothing is not made again at the same moment: it could not run what is due.
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
        self.refuse_unexpected();
        Drained {
            ran,
            next_due: self.next_due(),
        }
    }

    /// Moves the clock, and nothing else: no task runs, and what waits goes on waiting, as in a process that was stopped.
    pub fn jump(&self, by: impl IntoDuration) {
        self.clock.jump(self.clock.now() + by.into_duration());
    }

    /// Runs every task that is due, to its end: one that waits needs [`advance`](Self::advance) beside this, with `join!`.
    ///
    /// # Panics
    ///
    /// When a task makes an outbound call that the test does not expect.
    pub async fn run_tasks(&self) -> Drained {
        let drained = self.drain().await;
        self.refuse_unexpected();
        drained
    }

    /// Lets time pass until the next task is due and has run, if there is a task.
    ///
    /// # Panics
    ///
    /// When a task makes an outbound call that the test does not expect.
    pub async fn run_next_task(&self) -> Option<Drained> {
        let due = self.next_due()?;
        Some(self.advance(due.since(self.clock.now())).await)
    }

    fn drain(&self) -> BoxFuture<'static, Drained> {
        let service = self.service.clone();
        let run = async move { Service::run_due_tasks(&service).await };
        Box::pin(self.capture.captured(run))
    }

    /// When the next task is due. Asked of the database itself, so that it is not in the transcript.
    fn next_due(&self) -> Option<Timestamp> {
        let next = Statement {
            sql: "select min(due_at) from tasks where state = 'pending'".into(),
            values: Vec::new(),
        };
        // An app without an outbox has no table of it.
        let rows = sqlite::run(&lock(&self.database), &next).ok()?;
        rows.first().ok().flatten().flatten()
    }

    fn move_to(&self, to: Timestamp) {
        if to > self.clock.now() {
            self.transcript.add(super::transcript::Entry::Time(to));
        }
        self.clock.move_to(to);
    }

    /// Lets everything happen that happens without time passing; gives the number of attempts that ended.
    async fn settle(&self, running: &mut Running) -> u32 {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let activity = || (self.transcript.activity(), self.clock.made());
        let (mut ran, mut quiet) = (0, 0);
        while quiet < QUIET {
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

/// Notes that a run can go on.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
