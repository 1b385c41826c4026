//! A server that is killed or stopped again and again while clients send messages. The environment variable `KILLS`
//! sets how many times the server is killed or stopped, as in `KILLS=200`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::Server;
use crate::support::wait::eventually;

/// The default value of the variable `KILLS`.
const KILLS: u32 = 20;

/// How many clients send messages at the same time.
const CLIENTS: usize = 3;

/// The duration of a delivery's lease: 15 s more than the delivery's time limit.
const LEASE: Duration = Duration::from_secs(40);

/// When the server has started for the last time, it must deliver all messages within this time.
const RECOVERED: Duration = Duration::from_secs(120);

/// A delivery arrives at most this long after its lease has started.
const CLAIMED_BEFORE: Duration = Duration::from_secs(10);

pub(crate) fn kills_under_load_lose_nothing_and_repeat_only_deliveries_with_an_open_lease(
    host: Host,
) {
    let (receiver, accepted) = load(host, "kills", |server| server.kill());
    let repeated = deliveries(&receiver)
        .into_iter()
        .filter(|(_, times)| times.len() > 1);
    for (id, times) in repeated {
        for pair in times.windows(2) {
            let pause = pair[1].duration_since(pair[0]);
            assert!(
                pause > LEASE - CLAIMED_BEFORE,
                "{id} was delivered again after {pause:?}; {} messages",
                accepted.len()
            );
        }
    }
}

pub(crate) fn stops_under_load_lose_nothing_and_repeat_nothing(host: Host) {
    let (receiver, _) = load(host, "stops", |server| {
        server.signal("TERM");
        let status = server.wait_for_exit(Duration::from_secs(30));
        assert!(status.success(), "{status}");
    });
    for (id, times) in deliveries(&receiver) {
        assert_eq!(times.len(), 1, "{id}: {times:?}");
    }
}

/// Starts a server, and sends messages to it until `end` ends the server. Repeats this several times. Then starts the
/// server again, and waits until all accepted messages have arrived. Returns the receiver, and the ids of these
/// messages.
fn load(host: Host, name: &str, end: impl Fn(Server)) -> (Receiver, BTreeSet<String>) {
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let receiver = Receiver::new(|_, before| {
        // Some deliveries are in flight when the server ends.
        thread::sleep(Duration::from_millis(before as u64 % 40));
        Reply::status(200)
    });
    let accepted = Mutex::new(BTreeSet::new());
    let mut id = None;
    for number in 0..kills {
        let options = match number {
            0 => Options::default(),
            _ => Options::keeping_data(),
        };
        let server = host.start(name, &options);
        let id: &String = id.get_or_insert_with(|| {
            let app = App::on(server.api());
            app.endpoint(&receiver.url("/hook"));
            app.id
        });
        let ends = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                let app = App {
                    api: server.api(),
                    id: id.clone(),
                };
                let (ends, accepted) = (&ends, &accepted);
                scope.spawn(move || {
                    while !ends.load(Ordering::Relaxed) {
                        // If the server ends during a request, the request may have no response.
                        let response = app.message("user.signup", "{}").try_send();
                        let created = response.ok().filter(|response| response.status == 202);
                        let created = created.and_then(|response| {
                            let message: Value = serde_json::from_slice(&response.body).ok()?;
                            Some(message["id"].as_str()?.to_owned())
                        });
                        accepted.lock().unwrap().extend(created);
                    }
                });
            }
            // Each server runs under load for a different time.
            thread::sleep(Duration::from_millis(100 + u64::from(number * 37 % 200)));
            end(server);
            ends.store(true, Ordering::Relaxed);
        });
    }
    let _server = host.start(name, &Options::keeping_data());
    let accepted = accepted.into_inner().unwrap();
    assert!(accepted.len() > kills as usize, "{}", accepted.len());
    eventually("all accepted messages have arrived", RECOVERED, || {
        let arrived = deliveries(&receiver);
        let missing = accepted
            .iter()
            .filter(|id| !arrived.contains_key(*id))
            .count();
        match missing {
            0 => Ok(()),
            missing => Err(format!("{missing} of {} are missing", accepted.len())),
        }
    });
    (receiver, accepted)
}

/// Returns the times at which each message arrived.
fn deliveries(receiver: &Receiver) -> BTreeMap<String, Vec<Instant>> {
    let mut arrived: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for delivery in receiver.deliveries() {
        let times = arrived.entry(delivery.id().to_owned()).or_default();
        times.push(delivery.at);
    }
    arrived
}
