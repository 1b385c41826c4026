//! Counts the task attempts that end in each minute, so that operators can see them.
//!
//! Only [`App::count_attempts`](crate::App::count_attempts) refers to the code of this module by name. All other code
//! calls the trait [`AttemptCounts`]. A program without counts therefore does not link this code.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::end::End;
use crate::streak::{OncePerMinute, Streak};
use crate::{Context, DbError, Query, Timestamp, query};

/// How long the database keeps the counts of a minute.
const RETENTION: Duration = Duration::from_secs(24 * 3600);

/// The length of a minute, in milliseconds.
const MINUTE: i64 = 60_000;

const ADD: &str = "insert into task_minutes (minute, done, failed, dead) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?1) where true \
     on conflict (minute) do update set done = done + excluded.done, failed = failed + excluded.failed, \
     dead = dead + excluded.dead";

/// How many attempts ended in one minute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Minute {
    /// The start of the minute.
    minute: Timestamp,
    done: u64,
    failed: u64,
    dead: u64,
}

/// Counts the attempts of this process, and reads the counts of all processes.
pub(crate) trait AttemptCounts: Send + Sync {
    /// Counts an attempt that ends now, unless the task was snoozed. The count stays in memory until the next
    /// [`take`](Self::take) or [`write`](Self::write).
    fn add(&self, now: Timestamp, end: &End);

    /// Returns the queries that write the counts of this process to the database; none if there is nothing to write.
    /// After the batch with these queries has run, call [`written`](Self::written). If the batch fails, these counts are
    /// lost.
    fn take(&self, now: Timestamp) -> Vec<Query>;

    /// Logs the first failure of several failures in a row, and the end of such failures.
    fn written(&self, result: Result<(), &DbError>);

    /// Writes the counts of this process to the database. If the write fails, these counts are lost.
    fn write<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()>;

    /// Calls [`write`](Self::write), but at most once a minute.
    fn write_each_minute<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()>;

    /// Returns the minutes in which an attempt ended, from the time `since` on. The oldest minute comes first.
    fn read<'a>(
        &'a self,
        context: &'a Context,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<Minute>, DbError>>;
}

/// Creates the object that counts the attempts of an app.
pub(crate) fn attempt_counts() -> Box<dyn AttemptCounts> {
    Box::new(Counts::default())
}

#[derive(Default)]
struct Counts {
    /// The counts that are not written yet, by the start of the minute in milliseconds.
    unwritten: Mutex<BTreeMap<i64, [u64; 3]>>,
    writes: OncePerMinute,
    deletions: OncePerMinute,
    failures: Streak,
}

impl Counts {
    fn unwritten(&self) -> MutexGuard<'_, BTreeMap<i64, [u64; 3]>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptCounts for Counts {
    fn add(&self, now: Timestamp, end: &End) {
        let outcome = match end {
            End::Done => 0,
            End::Again(_, true) => 1,
            End::Dead => 2,
            End::Again(_, false) => return,
        };
        let minute = now.as_millis().div_euclid(MINUTE) * MINUTE;
        self.unwritten().entry(minute).or_default()[outcome] += 1;
    }

    fn take(&self, now: Timestamp) -> Vec<Query> {
        let counts = std::mem::take(&mut *self.unwritten());
        if counts.is_empty() {
            return Vec::new();
        }
        let rows = counts
            .into_iter()
            .map(|(minute, [done, failed, dead])| json!([minute, done, failed, dead]));
        let mut queries = vec![query(ADD).bind(Value::from_iter(rows).to_string())];
        if self.deletions.is_due(now) {
            let delete = query("delete from task_minutes where minute < ?1");
            queries.push(delete.bind(now - RETENTION));
        }
        queries
    }

    fn written(&self, result: Result<(), &DbError>) {
        match result {
            Ok(()) => {
                if self.failures.ends() {
                    tracing::info!("attempts can be counted again");
                }
            }
            Err(error) if self.failures.starts() => tracing::warn!(
                error = error as &dyn Error,
                "failed to count attempts; counting needs the table of `tasks::SCHEMA_MINUTES`"
            ),
            Err(_) => {}
        }
    }

    fn write<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let queries = self.take(context.clock().now());
            if !queries.is_empty() {
                let result = context.db().batch(queries).await;
                self.written(result.as_ref().map(drop));
            }
        })
    }

    fn write_each_minute<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()> {
        match self.writes.is_due(context.clock().now()) {
            true => self.write(context),
            false => Box::pin(std::future::ready(())),
        }
    }

    fn read<'a>(
        &'a self,
        context: &'a Context,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<Minute>, DbError>> {
        Box::pin(async move {
            self.write(context).await;
            let minutes = query(
                "select minute, done, failed, dead from task_minutes where minute >= ?1 order by minute",
            );
            minutes.bind(since).fetch_all(&context.db()).await
        })
    }
}
