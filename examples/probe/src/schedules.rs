//! If the variable `SCHEDULES` is set, this module adds a function that runs each minute. It also adds the operations
//! in `groups.rs`, and the tables that the function and the operations need.

use whippet::tasks::{Done, Tick};
use whippet::{
    App, Clock, Config, Db, Json, NoContent, Path, Problem, TaskError, Timestamp, cron, get,
    migrations, post, query, routes, tasks,
};

pub(crate) fn add(app: App, config: &Config) -> App {
    if config.get("SCHEDULES").is_none_or(str::is_empty) {
        return app;
    }
    crate::groups::add(app)
        .migrations(migrations!("migrations"))
        .tasks(tasks![each_minute])
        .routes(routes![rewind, ticks])
}

#[cron("* * * * *", tz = "Europe/Berlin", missed = "all")]
async fn each_minute(tick: Tick) -> Result<Done, TaskError> {
    let insert = query("insert into ticks values (?1)").bind(tick.time);
    Ok(Done::with([insert]))
}

/// Sets the last tick to a time `minutes` ago, as if no program had run since then.
#[post("/ticks/rewind/{minutes}")]
async fn rewind(db: Db, clock: Clock, Path(minutes): Path<u32>) -> Result<NoContent, Problem> {
    let ago = std::time::Duration::from_secs(u64::from(minutes) * 60);
    let rewind = query("update task_schedules set last_tick = ?1").bind(clock.now() - ago);
    db.batch([rewind, query("delete from ticks")]).await?;
    Ok(NoContent)
}

/// Returns the ticks for which the function ran.
#[get("/ticks")]
async fn ticks(db: Db) -> Result<Json<Vec<Timestamp>>, Problem> {
    let ticks = query("select tick from ticks order by tick");
    Ok(Json(ticks.fetch_all(&db).await?))
}
