//! A group of tasks, and a task that follows the group.

use serde::{Deserialize, Serialize};
use whippet::tasks::{Done, Members};
use whippet::{
    App, Db, Json, NoContent, Path, Problem, TaskError, Tasks, get, post, query, routes, task,
    tasks,
};

pub(crate) fn add(app: App) -> App {
    app.tasks(tasks![part, finish])
        .routes(routes![start_group, finished_groups])
}

#[derive(Serialize, Deserialize)]
struct Part {
    number: u32,
}

/// A part of a group. The first part dies.
#[task(queue = "parts")]
async fn part(part: Part) -> Result<(), TaskError> {
    match part.number {
        0 => Err(TaskError::dead("the first part dies")),
        _ => Ok(()),
    }
}

#[derive(Serialize, Deserialize)]
struct Finish;

#[task]
async fn finish(_: Finish, members: Members) -> Result<Done, TaskError> {
    let insert = query("insert into finished_groups values (?1, ?2, ?3)").bind(members.done);
    let insert = insert.bind(members.dead).bind(members.canceled);
    Ok(Done::with([insert]))
}

/// Enqueues a group of `size` parts.
#[post("/groups/{size}")]
async fn start_group(db: Db, tasks: Tasks, Path(size): Path<u32>) -> Result<NoContent, Problem> {
    let parts = (0..size).map(|number| tasks.enqueue(&Part { number }));
    let group = tasks.group(parts).then(tasks.enqueue(&Finish));
    db.batch(group).await?;
    Ok(NoContent)
}

/// Returns how many parts of each group have succeeded, have died and were canceled.
#[get("/groups")]
async fn finished_groups(db: Db) -> Result<Json<Vec<(u32, u32, u32)>>, Problem> {
    let finished = query("select done, dead, canceled from finished_groups");
    Ok(Json(finished.fetch_all(&db).await?))
}
