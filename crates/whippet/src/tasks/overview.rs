//! An overview of the tasks in the outbox.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ListedSchedule;
use super::minutes::Minute;
use super::pause::{PausedQueue, paused_queues};
use super::registry::Registry;
use crate::{Context, DbError, Timestamp, query};

/// Counts the tasks with each name. A count stops at `?2`, so that the cost does not grow with the number of tasks.
const OVERVIEW: &str = include_str!("sql/overview.sql");

/// The highest count. If there are more tasks, the count stays at this number.
const COUNTED: u32 = 10_000;

/// The counts of the tasks with one name. A count of 10,000 means 10,000 or more.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub(crate) struct NamedTasks {
    name: String,
    #[serde(skip_deserializing)]
    queue: &'static str,
    /// Tasks that are not due yet.
    waiting: u32,
    /// Tasks that follow a group, if a task of this group is still pending.
    blocked: u32,
    /// Tasks that are due, but have not started yet.
    ready: u32,
    running: u32,
    #[serde(skip_deserializing)]
    dead: u32,
    /// The time at which the oldest ready task became due. If no task is ready, the time at which the next task becomes
    /// due.
    due: Option<Timestamp>,
}

/// The tasks in the outbox.
#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    tasks: Vec<NamedTasks>,
    /// The task names that this program does not know, and the number of pending tasks with each name.
    unknown: Vec<(String, u64)>,
    /// How many tasks are dead, including tasks with unknown names.
    dead: u32,
    paused: Vec<PausedQueue>,
    /// The schedules of the app.
    schedules: Vec<ListedSchedule>,
    /// The minutes in which attempts ended, oldest first. `None` if the app does not count attempts.
    minutes: Option<Vec<Minute>>,
}

impl Registry {
    /// Returns an overview: how many tasks are pending, running and dead, and how many attempts ended in each of the
    /// last `minutes` minutes.
    pub(crate) async fn overview(
        &self,
        context: &Context,
        minutes: u32,
    ) -> Result<Overview, DbError> {
        let db = context.db();
        let counts = query(OVERVIEW).bind(self.names());
        let dead = "select name, count(*) from (select name from tasks where state = 'dead' limit ?1) group by name";
        let results = db
            .batch([
                counts.bind(COUNTED),
                query(dead).bind(COUNTED),
                paused_queues(),
            ])
            .await?;
        let dead: Vec<(String, u32)> = results.rows(1)?;
        let mut tasks: Vec<NamedTasks> = results.rows(0)?;
        for named in &mut tasks {
            let known = self.tasks.get(named.name.as_str());
            named.queue = known.map_or("", |registration| registration.queue);
            let count = dead.iter().find(|(name, _)| *name == named.name);
            named.dead = count.map_or(0, |(_, count)| *count);
        }
        Ok(Overview {
            tasks,
            unknown: self.unknown_names(context).await?,
            dead: dead.iter().map(|(_, count)| count).sum(),
            paused: results.rows(2)?,
            schedules: match &self.ticker {
                Some(ticker) => ticker.list(context).await?,
                None => Vec::new(),
            },
            minutes: match &self.counts {
                Some(counts) => {
                    let since = Duration::from_secs(u64::from(minutes) * 60);
                    let since = context.clock().now() - since;
                    Some(counts.read(context, since).await?)
                }
                None => None,
            },
        })
    }
}
