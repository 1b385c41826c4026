//! Every setting of `#[task]`, and the results that a task may have.

use serde::{Deserialize, Serialize};
use whippet::tasks::{Attempt, Done};
use whippet::{App, Db, TaskError, task, tasks};

#[derive(Serialize, Deserialize)]
struct Welcome;

#[task(
    name = "welcome.v1",
    retry = "exponential(500ms, 1.5, 8)",
    timeout = "20s",
    queue = "mail",
    priority = "low",
    concurrency = 4
)]
async fn welcome(_: Welcome, _: Db, _: Attempt) -> Result<Done, TaskError> {
    Ok(Done::default())
}

mod inner {
    use super::*;

    #[derive(Serialize, Deserialize)]
    pub(super) struct Goodbye;

    #[task(retry = "5s, 5m")]
    pub(super) async fn goodbye(_: Goodbye) -> Result<(), TaskError> {
        Ok(())
    }
}

#[test]
fn an_app_runs_tasks_with_every_setting() {
    drop(App::new().tasks(tasks![welcome, inner::goodbye]));
}
