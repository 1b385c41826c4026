//! Background tasks: a transactional outbox in the app's database.
//!
//! [`Tasks::enqueue`] creates a query that writes a task to the database. Run this query in the same
//! [`Db::batch`](crate::Db::batch) as the queries that write the data to which the task belongs. The batch then writes
//! both the data and the task, or neither. After the batch, the host wakes the task runner, which runs the task. If the
//! wake-up is lost, the next periodic [sweep](crate::sweep) runs the task.
//!
//! A task runs at least once, so it may run again after it has succeeded. The extractor [`Attempt`] provides the task's
//! id, which is the same for every attempt. The documentation of [`Tasks`] contains an example program.

mod attempt;
mod claim;
mod config;
mod cron;
mod dead;
mod done;
mod end;
mod enqueue;
mod error;
mod function;
mod group;
mod handler;
mod in_flight;
mod make_due;
mod middleware;
mod minutes;
mod outbox;
mod overview;
mod pause;
mod progress;
mod registry;
mod result;
mod retry;
mod runner;
mod unknown;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use attempt::Attempt;
pub(crate) use config::Registration;
pub use config::{Priority, TaskConfig};
pub(crate) use cron::ticker::ListedSchedule;
#[doc(hidden)]
pub use cron::{Cron, CronFunction, Expression, Missed, Zone};
pub use cron::{Scheduled, Tick};
pub use dead::DeadTask;
pub use done::Done;
pub use enqueue::{Enqueue, EnqueueEach};
pub use error::TaskError;
#[doc(hidden)]
pub use function::{NoTask, Outcome, from_fn, outcome};
pub use function::{TaskFunction, TaskList};
pub use group::{Group, Members};
pub use handler::{TaskHandler, task};
pub(crate) use middleware::Middleware;
pub use middleware::Next;
pub(crate) use minutes::{AttemptCounts, attempt_counts};
pub use outbox::Tasks;
pub use progress::Progress;
pub(crate) use registry::Registry;
pub use result::TaskResult;
pub use retry::{Retry, RetryError};
pub use runner::RunSummary;

pub use crate::wake_up::{Budget, WakeUp};

/// The migration that creates the table `tasks`. Copy it into the migrations of a new app.
pub const SCHEMA: &str = concat!(
    include_str!("../../schema/tasks.sql"),
    include_str!("../../schema/tasks_trace.sql"),
    include_str!("../../schema/tasks_queues.sql"),
    include_str!("../../schema/tasks_progress.sql")
);

/// The migration that adds the column `trace` to a table `tasks` of an older version. [`SCHEMA`] includes this
/// migration.
pub const SCHEMA_TRACE: &str = include_str!("../../schema/tasks_trace.sql");

/// The migration that adds queues, concurrency keys and separate counts of failures to a table `tasks` that has the
/// column `trace`. [`SCHEMA`] includes this migration. A program of an older version can still run on the new table.
pub const SCHEMA_QUEUES: &str = include_str!("../../schema/tasks_queues.sql");

/// The migration that creates the table of paused queues. It also adds the columns for progress and groups to a table
/// `tasks` that already has queues. [`SCHEMA`] includes this migration. A program of an older version can still run on
/// the new table.
pub const SCHEMA_PROGRESS: &str = include_str!("../../schema/tasks_progress.sql");

/// The migration that adds the triggers and indexes for [`Tasks::group`] to the table `tasks`. [`SCHEMA`] does not
/// include this migration.
pub const SCHEMA_GROUPS: &str = include_str!("../../schema/task_groups.sql");

/// The migration that creates the table `task_schedules`. An app with a function that has the attribute
/// [`#[cron]`](macro@crate::cron) needs this table. [`SCHEMA`] does not include this migration.
pub const SCHEMA_SCHEDULES: &str = include_str!("../../schema/task_schedules.sql");

/// The migration that creates the table `task_results`, which [`Tasks::keep_result`] needs. [`SCHEMA`] does not include
/// this migration.
pub const SCHEMA_RESULTS: &str = include_str!("../../schema/task_results.sql");

/// The migration that creates the table `task_minutes`, which [`App::count_attempts`](crate::App::count_attempts)
/// needs. [`SCHEMA`] does not include this migration.
pub const SCHEMA_MINUTES: &str = include_str!("../../schema/task_minutes.sql");

/// The data of a task, which are also called its arguments. The outbox stores them as JSON.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the task in its database rows: letters, digits, `_`, `-` and `.`. Do not change this name later,
    /// because tasks that an earlier version of the program has enqueued may still be pending under the old name.
    const NAME: &'static str;
}
