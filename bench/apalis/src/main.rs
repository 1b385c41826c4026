//! Measures apalis with SQLite. The tasks do nothing. Prints a JSON array for each round, with the CPU time and the
//! wall time in seconds.
//!
//!     bench-apalis TASKS ROUNDS

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use apalis::prelude::{BoxDynError, Data, TaskBuilder, WorkerBuilder, WorkerContext};
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqliteStorage, queries};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const QUEUE: &str = "nothing";

/// The number of tasks that the worker fetches at once. A native process of Whippet runs at most this many tasks
/// concurrently.
const BATCH: usize = 64;

/// How many tasks have to run, and how many have run.
struct Progress {
    tasks: u32,
    ran: AtomicU32,
}

fn main() -> Result<()> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse());
    let mut number = || numbers.next().ok_or("pass TASKS and ROUNDS");
    let (tasks, rounds) = (number()??, number()??);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    for _ in 0..rounds {
        let [cpu, wall] = runtime.block_on(run(tasks))?.map(|time| time.as_secs_f64());
        println!("[{cpu}, {wall}]");
    }
    Ok(())
}

/// Enqueues the tasks, and then measures how long a worker takes to run them. Returns the CPU time and the wall time.
async fn run(tasks: u32) -> Result<[Duration; 2]> {
    let folder = tempfile::tempdir()?;
    let pool = open(&folder.path().join("tasks.db")).await?;
    enqueue(&pool, tasks).await?;
    let config = Config::default().queue(QUEUE).batch_size(BATCH);
    let progress = Arc::new(Progress {
        tasks,
        ran: AtomicU32::new(0),
    });
    let worker = WorkerBuilder::new("bench")
        .backend(SqliteStorage::new(&pool).with_config(config))
        .data(progress)
        .build(nothing);
    let (cpu, started) = (cpu_time()?, Instant::now());
    worker.run().await?;
    let times = [cpu_time()? - cpu, started.elapsed()];
    let done: u32 = sqlx::query_scalar("select count(*) from Jobs where status = 'Done'")
        .fetch_one(&pool)
        .await?;
    if done != tasks {
        return Err(format!("only {done} tasks are done").into());
    }
    Ok(times)
}

/// Opens a database file whose commits are synced, as Whippet does. `SqliteStorage::setup` would set `synchronous = off`.
async fn open(file: &Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(options).await?;
    SqliteStorage::migrations().run(&pool).await?;
    Ok(pool)
}

async fn enqueue(pool: &SqlitePool, tasks: u32) -> Result<()> {
    let tasks = (0..tasks).map(|n| Ok(TaskBuilder::new(serde_json::to_vec(&n)?).build()));
    let tasks = tasks.collect::<Result<Vec<_>>>()?;
    let mut transaction = pool.begin().await?;
    queries::push_tasks(&mut *transaction, QUEUE, &tasks).await?;
    transaction.commit().await?;
    // Without statistics, SQLite scans all pending tasks each time the worker locks a batch of tasks.
    sqlx::query("analyze").execute(pool).await?;
    Ok(())
}

/// A task that does nothing, except that the last task stops the worker.
async fn nothing(
    _: u32,
    progress: Data<Arc<Progress>>,
    worker: WorkerContext,
) -> std::result::Result<(), BoxDynError> {
    if progress.ran.fetch_add(1, Ordering::Relaxed) + 1 == progress.tasks {
        worker.stop()?;
    }
    Ok(())
}

/// Returns the CPU time of this process, summed over all threads.
fn cpu_time() -> Result<Duration> {
    // Fields 14 and 15 are the user time and the system time, in ticks of 10 ms. Field 2, the name in parentheses, may
    // contain spaces, so the code splits the text after it.
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").ok_or("no name")?.1;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().ok_or("too few fields")?.parse()?) };
    Ok(Duration::from_millis(10 * (ticks()? + ticks()?)))
}
