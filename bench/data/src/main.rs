//! Measures the native database and the outbox in process, without HTTP.

mod rows;
mod tasks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use whippet::App;
use whippet::Config;
use whippet::host::Host;
use whippet::host::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The SQL of the table and of its rows, from the files that the other parts of the benchmark use too.
const TABLE: &str = include_str!("../../items/migrations/0001_items.sql");
const ROWS: &str = include_str!("../../rows.sql");

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        rows::measure().await?;
        tasks::measure().await
    })
}

/// Creates the service of an app whose database is a file.
fn service(app: App, database: &str) -> Result<whippet::Service> {
    let host = Host {
        name: "native",
        config: Config::default(),
        database: Arc::new(Sqlite::open(database)?),
        http: Arc::new(Client::new()?),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up: Arc::new(Runner::default()),
        docs: None,
    };
    Ok(app.into_service(host)?)
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

/// Measures the wall time of `work`.
async fn time<T>(work: impl Future<Output = Result<T>>) -> Result<Duration> {
    let started = Instant::now();
    work.await?;
    Ok(started.elapsed())
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("no value is NaN"));
    values[values.len() / 2]
}
