//! Functions that run on a schedule.

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

/// How many ticks are missed.
const MISSED: usize = 10;

pub(crate) fn concurrent_sweeps_and_restarts_run_one_task_for_each_tick(host: Host) {
    let server = host.start("schedules", &Options::schedules());
    sweep(&server);
    let rewound = Instant::now();
    rewind(&server);
    drop(server);
    // A running process keeps the last tick in memory. So only a new process reads the row that `rewind` has changed,
    // and finds missed ticks.
    let mut options = Options::schedules();
    options.keep_data = true;
    let server = host.start("schedules", &options);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| sweep(&server));
        }
    });
    wait_for_ticks(&server, rewound);
    let before = ticks(&server);
    drop(server);
    let server = host.start("schedules", &options);
    sweep(&server);
    let after = ticks(&server);
    assert!(after.starts_with(&before), "{before:?} {after:?}");
    wait_for_ticks(&server, rewound);
}

/// Waits until the function has run for all missed ticks. Asserts that it has not run twice for any tick, and that no
/// task is left.
fn wait_for_ticks(server: &Server, rewound: Instant) {
    let ran = eventually("the missed ticks have run", SOON, || {
        let ticks = ticks(server);
        match ticks.len() >= MISSED {
            true => Ok(ticks),
            false => Err(format!("{ticks:?}")),
        }
    });
    let distinct: BTreeSet<&String> = ran.iter().collect();
    assert_eq!(distinct.len(), ran.len(), "{ran:?}");
    // More ticks may have fallen due meanwhile.
    let later = rewound.elapsed().as_secs() / 60;
    assert!(ran.len() as u64 <= MISSED as u64 + 2 + later, "{ran:?}");
}

pub(crate) fn sweep(server: &Server) {
    let api = server.api();
    let sweep = api.call("POST", "/_whippet/sweep");
    let key = format!("Bearer {}", Server::SWEEP_KEY);
    sweep.header("authorization", &key).expect(200);
}

fn rewind(server: &Server) {
    let api = server.api();
    let path = format!("/ticks/rewind/{MISSED}");
    api.call("POST", &path).expect(204);
}

fn ticks(server: &Server) -> Vec<String> {
    let ticks = server.api().get("/ticks").expect(200);
    let ticks = ticks.as_array().unwrap().iter();
    ticks
        .map(|tick| tick.as_str().unwrap().to_owned())
        .collect()
}
