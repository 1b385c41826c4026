//! A task that does nothing, and a route that enqueues such tasks. The benchmark counts the rows that D1 writes for
//! each task.

use serde::{Deserialize, Serialize};
use whippet::{
    App, AppError, Config, Db, NoContent, Path, Problem, TaskError, Tasks, post, query, routes,
    task, tasks,
};

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare {
    whippet::cloudflare::entry!(crate::app);
}

/// Creates the app `bench-tasks`.
///
/// # Errors
///
/// Never fails.
pub fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new().tasks(tasks![nothing]).routes(routes![enqueue]))
}

#[derive(Serialize, Deserialize)]
struct Nothing {
    n: u32,
}

#[task]
async fn nothing(_: Nothing) -> Result<(), TaskError> {
    Ok(())
}

/// Enqueues `count` tasks in one statement.
#[post("/tasks/{count}")]
async fn enqueue(db: Db, tasks: Tasks, Path(count): Path<u32>) -> Result<NoContent, Problem> {
    let select = query(
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1) \
         select lower(hex(randomblob(16))) as id, json_object('n', n) as args from numbers",
    );
    let tasks = tasks.enqueue_each::<Nothing>(select.bind(count));
    db.batch([tasks]).await?;
    Ok(NoContent)
}
