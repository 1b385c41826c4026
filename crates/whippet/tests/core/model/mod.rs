//! A model of the outbox, which tests the real store with random schedules. A schedule consists of enqueues, crashes,
//! cancellations and clock jumps. Several workers, with two versions of a program, run the tasks.
//!
//! A failure prints the seed of its schedule. `MODEL_SEED=<seed>` runs this schedule again. A schedule also depends on
//! the clock and the random generator of its apps, which several schedules share. So the earlier schedules with the
//! same apps run first. `MODEL_SCHEDULES=200000` runs more schedules than the default.

mod groups;
mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::host::Budget;
use whippet::tasks::{Enqueue, SCHEMA_GROUPS};
use whippet::testing::{TestApp, block_on};
use whippet::{Query, Tasks, query};

use crate::support::budget;
use groups::Group;
use programs::{Attempts, Last, New, Old, Plan, new, old};

/// How many schedules run by default.
const SCHEDULES: u64 = 10_000;

/// The number of steps in a long schedule. After the last step, the remaining tasks run until none is pending.
const LONG: u64 = 60;

/// One schedule in `ONE_IS_LONG` is long. In a given time, many short schedules find more errors than a few long ones.
/// But in a long schedule more tasks run concurrently, and a task can crash more often.
const ONE_IS_LONG: u64 = 60;

/// How many schedules run before new apps are started. Starting an app takes longer than running a schedule, so
/// schedules share apps.
const SHARED: u64 = 200;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// Two apps of the old version and one app of the new version, which share one database.
struct World {
    workers: Vec<TestApp>,
    seen: Attempts,
    tasks: Tasks,
}

type Run<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl World {
    async fn start() -> Self {
        let seen = Attempts::default();
        let first = TestApp::new(|_| Ok(old(&seen))).await;
        first.sql(SCHEMA_GROUPS).await;
        let builder = || TestApp::builder().sharing_database_with(&first);
        let second = builder().seed(2).start(|_| Ok(old(&seen))).await;
        let third = builder().seed(3).start(|_| Ok(new(&seen))).await;
        let (mut parts, ()) = Request::new(()).into_parts();
        let Ok(tasks) = Tasks::from_request_parts(&mut parts, third.context()).await;
        Self {
            workers: vec![first, second, third],
            seen,
            tasks,
        }
    }

    /// Runs one schedule. If the outcome is wrong, returns the reason.
    async fn schedule(&self, seed: u64) -> Result<(), String> {
        self.workers[0]
            .sql("delete from tasks; delete from ran")
            .await;
        self.seen.lock().unwrap().clear();
        let mut dice = Dice(seed);
        let mut committed: BTreeMap<String, Plan> = BTreeMap::new();
        let mut canceled = BTreeSet::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut runs: Vec<Run<'_>> = Vec::new();
        let steps = match seed % ONE_IS_LONG {
            0 => LONG,
            _ => 3 + dice.roll(8),
        };
        for step in 0..steps {
            // The first step of a schedule enqueues a task or a group.
            match if step == 0 { 0 } else { dice.roll(12) } {
                0 | 1 => {
                    let id = format!("{seed}.{step}");
                    let group = (dice.roll(4) == 0).then(|| Group::roll(&id, &mut dice));
                    let members = group.iter().flat_map(|group| &group.members);
                    let ids: Vec<_> = members.cloned().chain([id]).collect();
                    let plans = ids.into_iter().map(|id| (id, Plan::roll(&mut dice)));
                    let tasks: Vec<_> = plans.collect();
                    if self.enqueue(&tasks, group.is_some(), &mut dice).await {
                        committed.extend(tasks);
                        groups.extend(group);
                    }
                }
                2..=4 if runs.len() < 6 => runs.push(self.run(&mut dice)),
                // Dropping a run has the same effect as the end of its process.
                5 if !runs.is_empty() => {
                    let at = dice.roll(runs.len() as u64);
                    drop(runs.swap_remove(usize::try_from(at).unwrap()));
                }
                6 | 7 => {
                    // The lease of a task lasts 45 s.
                    let jump = match dice.roll(2) {
                        0 => dice.roll(30_000),
                        _ => 46_000 + dice.roll(10_000),
                    };
                    self.workers[0].jump(Duration::from_millis(jump));
                }
                8 if !committed.is_empty() && dice.roll(3) == 0 => {
                    let at = dice.roll(committed.len() as u64);
                    let id = committed.keys().nth(usize::try_from(at).unwrap()).unwrap();
                    let cancel = self.tasks.cancel(id);
                    let db = self.workers[0].context().db();
                    if cancel.execute(&db).await.unwrap() > 0 {
                        canceled.insert(id.clone());
                    }
                }
                _ => {
                    // After a few polls, most attempts are in flight. After many polls, most runs have ended.
                    let most = [8, 40][usize::try_from(dice.roll(2)).unwrap()];
                    let polls = dice.roll(most);
                    for _ in 0..polls {
                        poll_all(&mut runs);
                    }
                }
            }
        }
        if dice.roll(4) > 0 {
            (0..60).for_each(|_| poll_all(&mut runs));
        }
        drop(runs);
        self.finish().await;
        self.check(&committed, &canceled).await?;
        let db = self.workers[0].context().db();
        for group in groups
            .iter()
            .filter(|group| !canceled.contains(&group.last))
        {
            group.check(&db).await?;
        }
        Ok(())
    }

    /// Enqueues a task or a group in one batch with other data. Returns whether the batch was committed.
    async fn enqueue(&self, tasks: &[(String, Plan)], is_group: bool, dice: &mut Dice) -> bool {
        let Some(((last, plan), members)) = tasks.split_last() else {
            return false;
        };
        let queries: Vec<Query> = if is_group {
            let members: Vec<_> = members
                .iter()
                .map(|(id, plan)| self.task(id, plan, dice))
                .collect();
            let follower = self.tasks.enqueue(&Last(plan.clone())).with_id(last);
            self.tasks.group(members).then(follower).into()
        } else {
            vec![self.task(last, plan, dice).into()]
        };
        let aborts = dice.roll(5) == 0;
        let data = query("insert into ran values (?1, 0, ?2)").bind(last);
        let data = data.bind((!aborts).then_some("enqueued"));
        let db = self.workers[0].context().db();
        db.batch(queries.into_iter().chain([data])).await.is_ok()
    }

    fn task(&self, id: &str, plan: &Plan, dice: &mut Dice) -> Enqueue<'_> {
        let key = ["", "a", "b"][usize::try_from(dice.roll(3)).unwrap()];
        let delay = Duration::from_secs(dice.roll(3) * 10);
        let task = match dice.roll(3) {
            0 => self.tasks.enqueue(&New(plan.clone())),
            _ => self.tasks.enqueue(&Old(plan.clone())),
        };
        task.with_id(id).concurrency_key(key).after(delay)
    }

    /// Starts a run of due tasks in one of the workers.
    fn run(&self, dice: &mut Dice) -> Run<'_> {
        let worker = &self.workers[usize::try_from(dice.roll(3)).unwrap()];
        let budget = Budget {
            isolates_crashed: dice.roll(2) == 0,
            ..budget(1 + u32::try_from(dice.roll(5)).unwrap(), 20)
        };
        let run = worker.service().run_due_tasks_within(budget);
        Box::pin(async move {
            run.await;
        })
    }

    /// Runs tasks until none is pending.
    async fn finish(&self) {
        let new = &self.workers[2];
        for _ in 0..200 {
            new.service().run_due_tasks_within(budget(4, 100)).await;
            let pending = "select count(*) from tasks where state = 'pending'";
            if new.row::<i64>(pending).await == 0 {
                return;
            }
            // After this minute, every lease has expired, and every retry is due.
            new.jump("1m");
        }
    }

    async fn check(
        &self,
        committed: &BTreeMap<String, Plan>,
        canceled: &BTreeSet<String>,
    ) -> Result<(), String> {
        let db = self.workers[0].context().db();
        let rows: Vec<(String, String)> = query("select task_id, note from ran order by rowid")
            .fetch_all(&db)
            .await
            .unwrap();
        let notes = |id: &str, note: &str| {
            rows.iter()
                .filter(|row| row.0 == id && row.1 == note)
                .count()
        };
        let left: Vec<(String, String, u32, u32)> =
            query("select id, state, failures, crashes from tasks")
                .fetch_all(&db)
                .await
                .unwrap();
        for (id, ..) in &left {
            if !committed.contains_key(id) {
                return Err(format!("the task {id} of an aborted batch exists"));
            }
        }
        for (id, note) in &rows {
            if note == "stale" {
                return Err(format!(
                    "an attempt of {id} that had lost its lease recorded its outcome"
                ));
            }
            if !committed.contains_key(id) {
                return Err(format!("the task {id} of an aborted batch ran"));
            }
        }
        for (id, plan) in committed {
            let state = left.iter().find(|row| row.0 == *id);
            let (done, failed) = (notes(id, "done"), notes(id, "failed"));
            let is_dead = state.is_some_and(|row| row.1 == "dead");
            let crashed = state.is_some_and(|row| row.3 >= 5);
            let is_right = match state {
                None if canceled.contains(id) => done <= 1,
                None => done == 1 && failed == plan.failures as usize,
                Some(row) => {
                    is_dead && done == 0 && (crashed || failed == 4) && (crashed || row.2 == 4)
                }
            };
            if !is_right {
                return Err(format!(
                    "the task {id}: {state:?}, {done} done, {failed} failed, canceled {}",
                    canceled.contains(id)
                ));
            }
        }
        for (id, numbers) in &*self.seen.lock().unwrap() {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.dedup();
            if sorted != *numbers {
                return Err(format!("the attempts of {id} are {numbers:?}"));
            }
        }
        Ok(())
    }
}

fn poll_all(runs: &mut Vec<Run<'_>>) {
    let mut context = Context::from_waker(Waker::noop());
    runs.retain_mut(|run| run.as_mut().poll(&mut context) == Poll::Pending);
}

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn every_committed_task_completes_once_whatever_is_interrupted() {
    let seeds: Vec<u64> = match variable("MODEL_SEED") {
        Some(seed) => (seed - seed % SHARED..=seed).collect(),
        None => (0..variable("MODEL_SCHEDULES").unwrap_or(SCHEDULES)).collect(),
    };
    for seeds in seeds.chunks(usize::try_from(SHARED).unwrap()) {
        let wrong = block_on(async {
            let world = World::start().await;
            for seed in seeds {
                if let Err(why) = world.schedule(*seed).await {
                    return Some((*seed, why));
                }
            }
            None
        });
        if let Some((seed, why)) = wrong {
            panic!("{why}: run this schedule again with MODEL_SEED={seed}");
        }
    }
}
