//! Work that runs after the response to a request, or after a task attempt.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use tracing::{Instrument, Span};

use crate::Problem;
use crate::panic::caught;

type Work = BoxFuture<'static, Result<(), Problem>>;

/// The work that runs after one request or task attempt.
#[derive(Default)]
pub(crate) struct AfterWork(Mutex<Option<Pending>>);

struct Pending {
    /// The work, in the order in which it was added.
    list: Vec<Work>,
    /// The function [`run`]. Only [`AfterWork::add`] refers to the function by name, so a program that adds no work
    /// does not link the function.
    run: fn(Vec<Work>, Span) -> BoxFuture<'static, ()>,
}

impl AfterWork {
    pub(crate) fn add(&self, work: Work) {
        let mut pending = self.pending();
        let pending = pending.get_or_insert_with(|| Pending {
            list: Vec::new(),
            run,
        });
        pending.list.push(work);
    }

    /// Returns a future that runs the work within `span`. Work that was added later runs earlier. Returns `None` if
    /// there is no work.
    pub(crate) fn take(&self, span: impl FnOnce() -> Span) -> Option<BoxFuture<'static, ()>> {
        let Pending { list, run } = self.pending().take()?;
        Some(run(list, span()))
    }

    fn pending(&self) -> MutexGuard<'_, Option<Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(list: Vec<Work>, span: Span) -> BoxFuture<'static, ()> {
    let run = async move {
        for work in list.into_iter().rev() {
            let ended = caught(work).await;
            if let Err(error) = ended.unwrap_or_else(|panic| Err(Problem::internal(panic))) {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "work after the response failed");
            }
        }
    };
    Box::pin(run.instrument(span))
}

impl std::fmt::Debug for AfterWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AfterWork")
    }
}
