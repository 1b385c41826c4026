//! Parses durations, retry schedules such as `5s 5m 1h`, and cron expressions.
//!
//! `whippet` parses durations and retry schedules from configuration variables, and `whippet-macros` parses them from
//! `#[task(retry = "…")]`. `whippet-macros` also parses cron expressions, and `whippet` finds their ticks.

pub mod cron;
mod duration;
mod error;
mod schedule;

pub use duration::{MAX, parse as duration};
pub use error::RetryError;
pub use schedule::{exponential, parse as schedule};
