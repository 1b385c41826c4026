//! Enqueues a task for each tick.

use std::error::Error;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::{Value, json};

use super::state::State;
use super::{Schedule, Tick};
use crate::streak::Streak;
use crate::{Context, DbError, Query, Timestamp, query};

/// Enqueues a task for each tick in `?3` that is later than the last tick of the task `?1`. The same transaction
/// updates the last tick, so that no other process enqueues these ticks again.
const TICK: &str = include_str!("../sql/tick.sql");

const SET_LAST: &str = "insert into task_schedules (name, schedule, last_tick) values (?1, ?2, ?3) \
     on conflict (name, schedule) do update set last_tick = max(last_tick, excluded.last_tick) returning last_tick";

const LAST: &str = "select name, schedule, last_tick from task_schedules \
     where name in (select value from json_each(?1))";

/// Enqueues the tasks of an app's schedules.
pub(crate) trait Ticker: Send + Sync {
    /// Enqueues a task for each tick that is due.
    fn tick<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()>;

    /// Returns the time of the next tick. If the time is not in the future, ticks may be due now.
    fn next(&self, now: Timestamp) -> Option<Timestamp>;

    /// Returns each schedule with its last and its next tick.
    fn list<'a>(
        &'a self,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<Vec<ListedSchedule>, DbError>>;
}

/// A schedule in the overview for operators.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedSchedule {
    name: &'static str,
    /// The cron expression and the time zone.
    schedule: &'static str,
    /// The last tick that was enqueued or skipped. Before the first tick, the time at which the schedule was first
    /// recorded.
    last_tick: Option<Timestamp>,
    next_tick: Option<Timestamp>,
}

/// Creates the ticker for these schedules.
pub(super) fn ticker(schedules: Vec<Schedule>) -> Box<dyn Ticker> {
    Box::new(Schedules {
        schedules,
        state: State::default(),
        failures: Streak::default(),
    })
}

struct Schedules {
    schedules: Vec<Schedule>,
    state: State,
    failures: Streak,
}

impl Ticker for Schedules {
    fn tick<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let now = context.clock().now();
            if self.next(now).is_none_or(|next| next > now) {
                return;
            }
            match self.enqueue(context, now).await {
                Ok(()) => {
                    if self.failures.ends() {
                        tracing::info!("the tasks of schedules can be enqueued again");
                    }
                }
                Err(error) => {
                    self.state.pause(now);
                    if self.failures.starts() {
                        tracing::error!(
                            error = &error as &dyn Error,
                            "failed to enqueue the ticks of schedules; schedules need the table that `tasks::SCHEMA_SCHEDULES` creates"
                        );
                    }
                }
            }
        })
    }

    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.state.next(&self.schedules, now)
    }

    fn list<'a>(
        &'a self,
        context: &'a Context,
    ) -> BoxFuture<'a, Result<Vec<ListedSchedule>, DbError>> {
        Box::pin(async move {
            self.read(context).await?;
            let now = context.clock().now();
            let listed = self.schedules.iter().map(|schedule| {
                let last_tick = self.state.last(schedule);
                ListedSchedule {
                    name: schedule.name,
                    schedule: schedule.cron.text,
                    last_tick,
                    next_tick: schedule.cron.next(last_tick.unwrap_or(now)),
                }
            });
            Ok(listed.collect())
        })
    }
}

impl Schedules {
    /// Reads the last tick of each schedule from the database.
    async fn read(&self, context: &Context) -> Result<(), DbError> {
        let names = Value::from_iter(self.schedules.iter().map(|schedule| schedule.name));
        let last: Vec<(String, String, Timestamp)> = query(LAST)
            .bind(names.to_string())
            .fetch_all(&context.db())
            .await?;
        for (name, text, last) in last {
            let own = |schedule: &&Schedule| schedule.name == name && schedule.cron.text == text;
            if let Some(schedule) = self.schedules.iter().find(own) {
                self.state.set_last(schedule, last);
            }
        }
        Ok(())
    }

    async fn enqueue(&self, context: &Context, now: Timestamp) -> Result<(), DbError> {
        if self
            .schedules
            .iter()
            .any(|schedule| self.state.last(schedule).is_none())
        {
            self.read(context).await?;
        }
        let due = self.schedules.iter().filter_map(|schedule| {
            let Some(last) = self.state.last(schedule) else {
                // The schedule is new: it starts now, and its earlier ticks are not enqueued.
                return Some((schedule, Vec::new(), now));
            };
            let due = schedule.cron.due(last, now)?;
            Some((schedule, due.ticks, due.last))
        });
        let due: Vec<_> = due.collect();
        if due.is_empty() {
            return Ok(());
        }
        let queries = due.iter().flat_map(|(schedule, ticks, last)| {
            let set_last = query(SET_LAST).bind(schedule.name).bind(schedule.cron.text);
            [enqueue(schedule, ticks, now), set_last.bind(*last)]
        });
        let queries: Vec<Query> = queries.collect();
        let results = context.db().batch(queries).await?;
        for (number, (schedule, ..)) in due.iter().enumerate() {
            let last: Vec<Timestamp> = results.rows(number * 2 + 1)?;
            if let Some(last) = last.first() {
                self.state.set_last(schedule, *last);
            }
        }
        Ok(())
    }
}

fn enqueue(schedule: &Schedule, ticks: &[Timestamp], now: Timestamp) -> Query {
    let tasks = ticks.iter().map(|tick| {
        json!({
            "id": format!("{}.{tick}", schedule.name),
            "args": (schedule.args)(Tick { time: *tick }),
            "time": tick.as_millis(),
        })
    });
    query(TICK)
        .bind(schedule.name)
        .bind(now)
        .bind(Value::from_iter(tasks).to_string())
}
