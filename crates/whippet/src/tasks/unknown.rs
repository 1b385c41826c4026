//! Pending tasks with names that this program does not know. Another version of the program enqueued these tasks.

use std::error::Error;

use super::registry::Registry;
use crate::streak::{OncePerMinute, Streak};
use crate::{Context, DbError, query};

/// Returns each unknown name of pending tasks, and the number of tasks that have this name. The statement does not read
/// every task. It finds the next name in an index, and counts up to `?2` ready tasks and up to `?2` waiting tasks with
/// this name.
const UNKNOWN: &str = include_str!("sql/unknown.sql");

/// For each unknown name, the statement counts at most this many ready tasks, and at most this many waiting tasks.
const COUNTED: u32 = 1000;

/// The maximum number of unknown names that the statement returns.
const NAMES: u32 = 20;

/// The state of the check for unknown names in this process.
#[derive(Default)]
pub(super) struct Unknown {
    looks: OncePerMinute,
    streak: Streak,
}

impl Registry {
    /// Logs a warning if pending tasks have unknown names. Reads the names at most once a minute. A process or instance
    /// logs the warning once. It repeats the warning if such tasks appear again after there were none.
    pub(super) async fn log_unknown(&self, context: &Context) {
        if !self.unknown.looks.is_due(context.clock().now()) {
            return;
        }
        match self.unknown_names(context).await {
            Ok(names) if names.is_empty() => {
                if self.unknown.streak.ends() {
                    tracing::info!("this program knows the names of all pending tasks again");
                }
            }
            Ok(names) if self.unknown.streak.starts() => {
                let count: u64 = names.iter().map(|(_, count)| count).sum();
                let names: Vec<_> = names.iter().map(|(name, _)| name.as_str()).collect();
                tracing::warn!(
                    names = names.join(", "),
                    count,
                    "this program does not know the names of some pending tasks; these tasks wait until a program that knows their names runs"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn Error,
                "the names of the pending tasks cannot be read"
            ),
        }
    }

    /// Returns each unknown name of pending tasks, and the number of tasks that have this name. Returns at most
    /// [`NAMES`] names, and counts at most [`COUNTED`] ready and [`COUNTED`] waiting tasks per name.
    pub(super) async fn unknown_names(
        &self,
        context: &Context,
    ) -> Result<Vec<(String, u64)>, DbError> {
        let unknown = query(UNKNOWN).bind(self.names());
        let unknown = unknown.bind(COUNTED).bind(NAMES);
        unknown.fetch_all(&context.db()).await
    }
}
