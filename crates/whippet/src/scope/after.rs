//! Work that runs after the response to a request, or after a task attempt.

use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;

use crate::Problem;
use crate::panic::caught;

type Work = BoxFuture<'static, Result<(), Problem>>;

/// The work, in the order in which it was added.
#[derive(Default)]
pub(crate) struct AfterWork(Mutex<Vec<Work>>);

impl AfterWork {
    pub(crate) fn add(&self, work: Work) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(work);
    }

    /// Returns a future that runs the work, the last added first; `None` if there is no work.
    pub(crate) fn take(&self) -> Option<BoxFuture<'static, ()>> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = std::mem::take(&mut *list);
        if list.is_empty() {
            return None;
        }
        Some(Box::pin(async move {
            for work in list.into_iter().rev() {
                let ended = caught(work).await;
                if let Err(error) = ended.unwrap_or_else(|panic| Err(Problem::internal(panic))) {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "work after the response failed");
                }
            }
        }))
    }
}

impl std::fmt::Debug for AfterWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AfterWork")
    }
}
