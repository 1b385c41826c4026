//! The kinds of task that an app runs, and the state that a process keeps for them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::config::Registration;
use super::cron::ticker::Ticker;
use super::dead::Retention;
use super::in_flight::InFlight;
use super::minutes::AttemptCounts;
use super::unknown::Unknown;
use crate::Timestamp;
use crate::streak::Streak;

/// The kinds of task that an app runs, by name.
pub(crate) struct Registry {
    pub(super) tasks: BTreeMap<&'static str, Registration>,
    /// The number of different queues of the tasks.
    queues: u32,
    /// Whether the latest claim of due tasks failed.
    pub(super) failures: Streak,
    /// For each task name, the concurrency key at which the next claim starts. If a name is absent, the claim starts at
    /// the first key.
    after: Mutex<HashMap<String, String>>,
    pub(super) in_flight: InFlight,
    pub(super) unknown: Unknown,
    pub(super) retention: Retention,
    /// Enqueues the tasks of schedules. `None` if the app has no schedule.
    pub(super) ticker: Option<Box<dyn Ticker>>,
    /// Counts the attempts that end. `None` if the app does not count them.
    pub(super) counts: Option<Box<dyn AttemptCounts>>,
}

/// How many tasks a run may start.
pub(super) struct Places<'a> {
    /// How many tasks may run at the same time.
    pub(super) max_concurrent: u32,
    /// How many tasks of each queue are running.
    pub(super) running: &'a HashMap<&'static str, u32>,
}

impl Registry {
    /// Collects the kinds of task of an app.
    pub(crate) fn new(list: Vec<Registration>) -> Result<Self, String> {
        // In a test with a seed, the order of the tasks must not differ from run to run.
        let mut tasks = BTreeMap::new();
        let schedules: Vec<_> = list.iter().filter_map(|task| task.schedule).collect();
        for registration in list {
            let name = registration.name;
            if registration.concurrency == Some(0) {
                return Err(format!(
                    "the task {name:?} has a concurrency of 0, so it would never run: set at least 1"
                ));
            }
            if tasks.insert(name, registration).is_some() {
                return Err(format!("two tasks have the name {name:?}"));
            }
        }
        let queues: HashSet<_> = tasks.values().map(|task| task.queue).collect();
        Ok(Self {
            queues: u32::try_from(queues.len()).unwrap_or(u32::MAX),
            tasks,
            failures: Streak::default(),
            after: Mutex::default(),
            in_flight: InFlight::default(),
            unknown: Unknown::default(),
            retention: Retention::default(),
            ticker: schedules
                .first()
                .map(|first| (first.ticker)(schedules.clone())),
            counts: None,
        })
    }

    /// Sets how long dead tasks are kept.
    pub(crate) fn keeping_dead_tasks(mut self, time: Option<Duration>) -> Self {
        self.retention.time = time;
        self
    }

    /// Sets the counter for attempts that end.
    pub(crate) fn counting_attempts(mut self, counts: Option<Box<dyn AttemptCounts>>) -> Self {
        self.counts = counts;
        self
    }

    /// Returns the time at which the next tick of a schedule is due. A time in the past means that ticks may be due now.
    pub(crate) fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        self.ticker.as_ref()?.next(now)
    }

    /// Returns how many more tasks of a queue may run. Each queue leaves one place for each of the other queues.
    pub(super) fn free_places(&self, queue: &str, places: &Places<'_>) -> u32 {
        let others = self.queues.saturating_sub(1);
        let most = places.max_concurrent.saturating_sub(others).max(1);
        most.saturating_sub(places.running.get(queue).copied().unwrap_or(0))
    }

    /// Returns a JSON array that describes the kinds of task. The queries of a claim read this array. `random` returns
    /// a number in `0.0..1.0`.
    pub(super) fn kinds(&self, places: &Places<'_>, random: impl Fn() -> f64) -> String {
        let after = self.after();
        let kinds = self.tasks.values().map(|task| {
            json!({
                "name": task.name,
                "queue": task.queue,
                "free": self.free_places(task.queue, places),
                "limit": task.limit("", places.max_concurrent),
                "key_limit": task.limit("any", places.max_concurrent),
                "after": after.get(task.name).map_or("", String::as_str),
                "weight": task.priority.distance(),
                "offset": random(),
                "lease": u64::try_from(task.lease().as_millis()).unwrap_or(u64::MAX),
            })
        });
        serde_json::Value::from_iter(kinds).to_string()
    }

    /// Returns the names of the tasks as a JSON array.
    pub(super) fn names(&self) -> String {
        serde_json::Value::from_iter(self.tasks.keys().copied()).to_string()
    }

    /// Records that the next claim starts after the last of these keys, so that every key gets its turn. Each item of
    /// `keys` contains the name of a task and its concurrency key.
    pub(super) fn continue_after<'k>(&self, keys: impl Iterator<Item = (&'k str, &'k str)>) {
        let mut after = self.after();
        let mut last: HashMap<&str, (bool, &str)> = HashMap::new();
        for (name, key) in keys {
            // A claim visits the keys from its first key to the last key of all, and then the keys before its first
            // key.
            let position = (
                after.get(name).is_some_and(|start| key < start.as_str()),
                key,
            );
            let entry = last.entry(name).or_insert(position);
            *entry = position.max(*entry);
        }
        for (name, (_, key)) in last {
            // No text without a NUL is between `key` and this text in the sort order. SQLite's JSON functions reject
            // NUL.
            after.insert(name.to_owned(), format!("{key}\u{1}"));
        }
    }

    fn after(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
