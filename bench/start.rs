//! Measures how long Relay takes to build its routes, in a native program. `make bench` runs this benchmark.

#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use whippet::Config;
use whippet::host::Host;
use whippet::host::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};

const STARTS: usize = 2000;

/// The median time to build the routes must not exceed this duration.
const TARGET: Duration = Duration::from_micros(200);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::default();
    let host = Host {
        name: "native",
        config: config.clone(),
        database: Arc::new(Sqlite::open(":memory:")?),
        http: Arc::new(Client::new()?),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up: Arc::new(Runner::default()),
        docs: None,
    };
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let host = host.clone();
        let started = Instant::now();
        black_box(relay::app(&config)?.into_service(host)?);
        times.push(started.elapsed());
    }
    times.sort();
    let [lowest, median, highest] =
        [0, STARTS / 2, STARTS - 1].map(|at| times[at].as_secs_f64() * 1e6);
    let verdict = if times[STARTS / 2] <= TARGET {
        "met"
    } else {
        "MISSED"
    };
    let target = TARGET.as_micros();
    println!(
        "Building Relay's routes natively: {median:.1} µs ({lowest:.1}–{highest:.1}) ({verdict}: ≤ {target})"
    );
    Ok(())
}
