//! The attempts that run in this process. When the process ends, it hands back the tasks of the attempts that have not
//! completed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::registry::Registry;
use crate::{Context, DbError, query};

/// The lease of each attempt that runs in this process, by the id of its task.
#[derive(Default)]
pub(super) struct InFlight(Mutex<HashMap<String, String>>);

impl InFlight {
    pub(super) fn add(&self, task: &str, lease: &str) {
        self.leases().insert(task.to_owned(), lease.to_owned());
    }

    /// Removes an attempt that has completed. If an attempt is dropped before it completes, its lease stays in the map,
    /// so that its task is handed back.
    pub(super) fn remove(&self, task: &str, lease: &str) {
        let mut leases = self.leases();
        if leases.get(task).is_some_and(|held| held == lease) {
            leases.remove(task);
        }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the leases in `?1` and makes their tasks ready again. The counts of failures and crashes do not change.
const HAND_BACK: &str = "update tasks set lease = null, ready = 1, due_at = ?2 where lease is not null and exists \
     (select 1 from json_each(?1) held where held.value ->> 'id' = tasks.id and held.value ->> 'lease' = tasks.lease)";

impl Registry {
    /// Hands back the tasks of all attempts of this process that have not completed, so that these tasks are due
    /// immediately. The attempts count neither as failed nor as crashed. Returns the number of these tasks.
    pub(crate) async fn hand_back(&self, context: &Context) -> Result<u64, DbError> {
        let held = std::mem::take(&mut *self.in_flight.leases());
        if held.is_empty() {
            return Ok(0);
        }
        let held = held
            .into_iter()
            .map(|(id, lease)| json!({"id": id, "lease": lease}));
        query(HAND_BACK)
            .bind(Value::from_iter(held).to_string())
            .bind(context.clock().now())
            .execute(&context.db())
            .await
    }
}
