//! Runs tasks through the outbox, and measures how the cost of a task depends on the number of pending tasks. The tasks
//! do nothing.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use whippet::axum::extract::FromRequestParts;
use whippet::axum::http::Request;
use whippet::tasks::SCHEMA;
use whippet::{App, AssertSqlSafe, Service, TaskError, Tasks, query, task, tasks};

use crate::{Result, cpu_time, median, service};

/// The number of tasks that run in each round.
const TASKS: u32 = 20_000;
const ROUNDS: usize = 3;

/// For each measurement, the number of other tasks, which are pending but due only after the measurement.
const LATER: [u32; 3] = [1_000, 100_000, 1_000_000];

#[derive(Serialize, Deserialize)]
struct Nothing {
    n: u32,
}

#[task]
async fn nothing(_: Nothing) -> std::result::Result<(), TaskError> {
    Ok(())
}

pub async fn measure() -> Result<()> {
    println!(
        "\nTasks that do nothing, {TASKS} of them, enqueued in one statement, median of {ROUNDS} rounds:"
    );
    for later in LATER {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("tasks.db");
        let file = file.to_str().ok_or("the path is not UTF-8")?;
        let service = service(App::new().tasks(tasks![nothing]), file)?;
        let db = service.context().db();
        let tables = SCHEMA.split(";\n").filter(|sql| !sql.trim().is_empty());
        db.batch(tables.map(|sql| query(AssertSqlSafe(sql.to_owned()))))
            .await?;
        enqueue(&service, "later", later).await?;
        query("update tasks set due_at = due_at + 86400000 where id like 'later%'")
            .execute(&db)
            .await?;
        let mut rates = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            enqueue(&service, &format!("now{round}"), TASKS).await?;
            let (before, started) = (cpu_time()?, Instant::now());
            let mut ran = 0;
            while ran < TASKS {
                let summary = service.run_due_tasks().await;
                if summary.ran == 0 {
                    return Err(format!("only {ran} tasks ran").into());
                }
                ran += summary.ran;
            }
            rates[0].push(f64::from(ran) / (cpu_time()? - before).as_secs_f64());
            rates[1].push(f64::from(ran) / started.elapsed().as_secs_f64());
        }
        let [rate, of_wall_time] = rates.map(median);
        let verdict = if rate >= 10_000.0 { "met" } else { "MISSED" };
        println!(
            "  Whippet, {later} later tasks: {rate:.0} tasks per second of CPU time ({verdict}: ≥ 10,000), {of_wall_time:.0} per second"
        );
    }
    Ok(())
}

async fn enqueue(service: &Service, prefix: &str, count: u32) -> Result<()> {
    let select =
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)
        select ?2 || n as id, json_object('n', n) as args from numbers";
    let (mut parts, ()) = Request::new(()).into_parts();
    let tasks = Tasks::from_request_parts(&mut parts, service.context()).await;
    let tasks = tasks.map_err(|_| "the service has no outbox")?;
    let select = query(select).bind(count).bind(prefix);
    service
        .context()
        .db()
        .batch([tasks.enqueue_each::<Nothing>(select)])
        .await?;
    Ok(())
}
