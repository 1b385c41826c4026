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
    /// The number of different queues in `tasks`.
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
    /// Counts finished attempts. `None` if the app does not count attempts.
    pub(super) counts: Option<Box<dyn AttemptCounts>>,
}

/// The places for tasks in a run: how many there are, and how many are in use.
pub(super) struct Places<'a> {
    /// How many tasks may run at the same time.
    pub(super) max_concurrent: u32,
    /// How many tasks of each queue are running.
    pub(super) running: &'a HashMap<&'static str, u32>,
}

impl Registry {
    /// Creates the registry from an app's kinds of task.
    pub(crate) fn new(list: Vec<Registration>) -> Result<Self, String> {
        // A `BTreeMap` has a fixed order, so a test with a seed gives the same result in every run.
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
                return Err(format!("two tasks have the name {name:?}: rename one"));
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

    /// Sets the counter of finished attempts.
    pub(crate) fn counting_attempts(mut self, counts: Option<Box<dyn AttemptCounts>>) -> Self {
        self.counts = counts;
        self
    }

    /// Returns the time at which the next tick of a schedule is due. A time in the past means that ticks may be due now.
    pub(crate) fn next_tick(&self, now: Timestamp) -> Option<Timestamp> {
        self.ticker.as_ref()?.next(now)
    }

    /// Returns how many more tasks of a queue may run. One place is reserved for each of the other queues.
    pub(super) fn free_places(&self, queue: &str, places: &Places<'_>) -> u32 {
        let others = self.queues.saturating_sub(1);
        let most = places.max_concurrent.saturating_sub(others).max(1);
        most.saturating_sub(places.running.get(queue).copied().unwrap_or(0))
    }

    /// Returns a JSON array that describes the kinds of task. The queries that claim tasks read this array. `random`
    /// returns a number in `0.0..1.0`.
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

    /// Each item of `keys` is the name and the concurrency key of a claimed task. Records for each name that the next
    /// claim starts after the last of these keys, so that every key gets its turn.
    pub(super) fn continue_after<'k>(&self, keys: impl Iterator<Item = (&'k str, &'k str)>) {
        let mut after = self.after();
        let mut last: HashMap<&str, (bool, &str)> = HashMap::new();
        for (name, key) in keys {
            // A claim visits the keys in sorted order, beginning at its start key. After the largest key, it continues
            // with the smallest key. So the keys before its start key come last.
            let position = (
                after.get(name).is_some_and(|start| key < start.as_str()),
                key,
            );
            let entry = last.entry(name).or_insert(position);
            *entry = position.max(*entry);
        }
        for (name, (_, key)) in last {
            // The next claim starts at this text, which comes directly after `key` in the sort order. Only `key`
            // followed by a NUL would come between them, but SQLite's JSON functions reject NUL.
            after.insert(name.to_owned(), format!("{key}\u{1}"));
        }
    }

    fn after(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.after.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
