//! Durations and retry schedules as text, such as `5s 5m 1h`.
//!
//! `whippet` parses them from configuration variables, and `whippet-macros` from `#[task(retry = "…")]`.

mod duration;
mod error;
mod schedule;

pub use duration::{MAX, parse as duration};
pub use error::RetryError;
pub use schedule::{exponential, parse as schedule};
