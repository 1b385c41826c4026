//! The task runner: a loop beside the server, woken when tasks are written and when one falls due.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::Service;
use crate::host::{Budget, WakeUp};

/// What happens between two looks at the database for when the next task is due.
const BUDGET: Budget = Budget {
    at_once: 64,
    attempts: 1024,
    time: Duration::from_secs(600),
};

/// The sweep: how long the runner sleeps at most, because another process may have written tasks and died.
const SWEEP: Duration = Duration::from_secs(60);

/// Wakes the task runner of this process.
#[derive(Debug, Clone, Default)]
pub struct Runner {
    woken: Arc<Notify>,
}

impl WakeUp for Runner {
    /// A delayed wake-up needs nothing: the runner knows when the next task is due.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()> {
        if after.is_zero() {
            self.woken.notify_one();
        }
        Box::pin(std::future::ready(()))
    }

    fn woken(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.woken.notified())
    }

    fn budget(&self) -> Budget {
        BUDGET
    }
}

impl Runner {
    /// Runs due tasks until the future is dropped. Tasks that are interrupted are claimed again when their lease ends.
    pub async fn run(&self, service: Service) {
        loop {
            let drained = service.run_due_tasks().await;
            let until_due = drained
                .next_due
                .map(|due| due.since(service.context().clock().now()));
            let pause = until_due.unwrap_or(SWEEP).min(SWEEP);
            tokio::select! {
                () = self.woken() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
