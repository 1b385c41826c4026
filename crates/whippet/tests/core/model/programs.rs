//! The two versions of the program, and the tasks that they run.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use whippet::tasks::{Attempt, Done, Members, task};
use whippet::{App, Task, TaskError, query};

use super::{Dice, groups};
use crate::support::app;

/// How the attempts of a task behave.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    /// How many attempts fail. If more than three attempts fail, the task is dead.
    pub(super) failures: u32,
    /// How many times the task yields. The task may be interrupted at each yield.
    pub(super) yields: u32,
    pub(super) snoozes: bool,
}

impl Plan {
    pub(super) fn roll(dice: &mut Dice) -> Self {
        let failures = [0, 0, 0, 1, 2, 5][usize::try_from(dice.roll(6)).unwrap()];
        Self {
            failures,
            yields: u32::try_from(dice.roll(12)).unwrap(),
            snoozes: dice.roll(8) == 0,
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Old(pub(super) Plan);

impl Task for Old {
    const NAME: &'static str = "old";
}

/// A task that only the new version of the program knows.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct New(pub(super) Plan);

impl Task for New {
    const NAME: &'static str = "new";
}

/// A task that follows a group.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Last(pub(super) Plan);

impl Task for Last {
    const NAME: &'static str = "last";
}

/// The attempt numbers of each task, in the order in which the attempts started.
pub(super) type Attempts = Arc<Mutex<BTreeMap<String, Vec<u32>>>>;

/// Yields once. Tokio's `yield_now` is not suitable, because it continues only after the runtime has polled the test
/// again. The model polls each `Run` directly.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        match mem::replace(&mut yielded, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

async fn work(plan: Plan, attempt: Attempt, seen: Attempts) -> Result<Done, TaskError> {
    let id = attempt.task_id.clone();
    seen.lock()
        .unwrap()
        .entry(id)
        .or_default()
        .push(attempt.number);
    for _ in 0..plan.yields {
        yield_once().await;
    }
    // This query runs in the transaction that records the outcome. `attempt` in the row of the task is the number of
    // the latest claimed attempt, so a different number means that this attempt is stale.
    let record = |note: &str| {
        let insert = "insert into ran select id, ?2, iif(attempt = ?2, ?3, 'stale') from tasks where id = ?1";
        let insert = query(insert).bind(&attempt.task_id);
        insert.bind(attempt.number).bind(note)
    };
    if plan.snoozes && attempt.number == 1 {
        return Err(TaskError::snooze(Duration::from_secs(3)).with([record("snoozed")]));
    }
    if attempt.failures < plan.failures {
        return Err(TaskError::retry("on purpose").with([record("failed")]));
    }
    Ok(Done::with([record("done")]))
}

pub(super) fn old(seen: &Attempts) -> App {
    let of_old = Arc::clone(seen);
    let old = task(move |task: Old, attempt: Attempt| work(task.0, attempt, Arc::clone(&of_old)));
    let seen = Arc::clone(seen);
    let last = task(move |task: Last, attempt: Attempt, members: Members| {
        let done = work(task.0, attempt.clone(), Arc::clone(&seen));
        async move { Ok(done.await?.and([groups::record(&attempt, members)])) }
    });
    app()
        .task(old.retry("1s 5s 20s".parse().unwrap()).concurrency(3))
        .task(last.retry("1s 5s 20s".parse().unwrap()))
}

pub(super) fn new(seen: &Attempts) -> App {
    let app = old(seen);
    let seen = Arc::clone(seen);
    let new = task(move |task: New, attempt: Attempt| work(task.0, attempt, Arc::clone(&seen)));
    app.task(new.retry("1s 5s 20s".parse().unwrap()).queue("new"))
}
