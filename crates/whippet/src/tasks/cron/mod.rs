//! Tasks that run on a schedule: functions with the attribute [`#[cron]`](macro@crate::cron).
//!
//! Only [`TaskConfig::cron`] refers to the code of this module by name. All other code calls the trait
//! [`Ticker`](ticker::Ticker). A program without schedules therefore does not link this code.

mod due;
mod scheduled;
mod state;
pub(super) mod ticker;

pub use scheduled::{CronFunction, Scheduled, Tick};
pub use whippet_schedule::cron::{Expression, Zone};

use super::{Task, TaskConfig};
use ticker::{Ticker, ticker};

/// A schedule. The attribute [`#[cron]`](macro@crate::cron) creates it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Cron {
    /// The cron expression and the name of the time zone, as text.
    pub text: &'static str,
    pub expression: Expression,
    pub zone: Zone<'static>,
    pub missed: Missed,
}

/// What happens to missed ticks.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// No task is enqueued for missed ticks.
    Skip,
    /// One task is enqueued for all missed ticks together.
    Once,
    /// A task is enqueued for each missed tick.
    All,
}

/// A schedule, and the task that it enqueues.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    pub(super) name: &'static str,
    pub(super) cron: &'static Cron,
    /// The function that creates the arguments of the task, as JSON.
    args: fn(Tick) -> String,
    /// The function that creates the ticker for all schedules of an app.
    pub(super) ticker: fn(Vec<Schedule>) -> Box<dyn Ticker>,
}

impl<T: Task + From<Tick>> TaskConfig<T> {
    /// Enqueues a task at each tick of the schedule.
    #[doc(hidden)]
    pub fn cron(mut self, cron: &'static Cron) -> Self {
        self.registration.schedule = Some(Schedule {
            name: T::NAME,
            cron,
            args: args::<T>,
            ticker,
        });
        self
    }
}

/// Returns the arguments of the task for a tick, as JSON. If the arguments cannot be serialized, returns the error as a
/// JSON string. This is not a valid `T`, so the task fails.
fn args<T: Task + From<Tick>>(tick: Tick) -> String {
    serde_json::to_string(&T::from(tick))
        .unwrap_or_else(|error| serde_json::Value::from(error.to_string()).to_string())
}
