//! The data of scheduled tasks.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

use super::super::Task;
use crate::{Context, Problem, Timestamp};

/// A tick of a schedule. A function with the attribute [`#[cron]`](macro@crate::cron) can take a `Tick` as an argument.
/// If the function also has the attribute [`#[task]`](macro@crate::task), the type of its task must implement
/// `From<Tick>` instead.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::tasks::Tick;
/// use whippet::{TaskError, Timestamp, cron, task};
///
/// #[derive(Serialize, Deserialize)]
/// struct Report { until: Timestamp }
///
/// impl From<Tick> for Report {
///     fn from(tick: Tick) -> Self {
///         Self { until: tick.time }
///     }
/// }
///
/// // Every Monday, and also when a handler enqueues a `Report`.
/// #[cron("0 6 * * mon")]
/// #[task(retry = "5m 1h")]
/// async fn report(task: Report) -> Result<(), TaskError> {
///     println!("{}", task.until);
///     Ok(())
/// }
/// # drop(report(Report { until: Timestamp::MIN }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The time of the tick. The task runs at this time or a little later. If the tick was missed, the task may run
    /// much later.
    pub time: Timestamp,
}

impl FromRequestParts<Context> for Tick {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        let tick = parts.extensions.get::<Self>().copied();
        tick.ok_or_else(|| {
            Problem::internal(
                "`Tick` is available in functions with the attribute `#[cron]` and without `#[task]`",
            )
        })
    }
}

/// A function with the attribute [`#[cron]`](macro@crate::cron). The attribute implements this trait for a type that
/// has the name of the function.
pub trait CronFunction: Send + 'static {
    /// The name of the task in its database rows.
    const NAME: &'static str;
}

/// The data of the task that calls the function `F` after a tick.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Scheduled<F> {
    tick: Tick,
    #[serde(skip)]
    function: PhantomData<fn() -> F>,
}

impl<F> Scheduled<F> {
    /// Makes the tick available to the function as an argument.
    #[doc(hidden)]
    pub fn add_to(&self, parts: &mut Parts) {
        parts.extensions.insert(self.tick);
    }
}

impl<F> From<Tick> for Scheduled<F> {
    fn from(tick: Tick) -> Self {
        Self {
            tick,
            function: PhantomData,
        }
    }
}

impl<F: CronFunction> Task for Scheduled<F> {
    const NAME: &'static str = F::NAME;
}
