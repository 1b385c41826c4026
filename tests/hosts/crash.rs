//! A server that is killed after it has accepted messages, and before it has delivered them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::{Gate, eventually};

/// The time limit for recovery. The next server can deliver the messages only after the leases of the killed server
/// have expired, so the limit includes this time.
const RECOVERED: Duration = Duration::from_secs(180);

pub(crate) fn messages_accepted_before_a_kill_are_delivered_after_a_restart(host: Host) {
    let killed = Gate::default();
    let held = killed.clone();
    // The receiver replies only after the kill, so no delivery succeeds before the kill.
    let receiver = Receiver::new(move |_, _| {
        held.pass(RECOVERED);
        Reply::status(200)
    });
    let first = host.start("crash", &Options::default());
    let app = App::on(first.api());
    app.endpoint(&receiver.url("/hook"));
    let accepted: BTreeSet<String> = (0..20)
        .map(|n| app.send(&format!(r#"{{"number":{n}}}"#)))
        .collect();
    assert_eq!(accepted.len(), 20);
    first.kill();

    let since = Instant::now();
    killed.open();
    let second = host.start("crash", &Options::keeping_data());
    eventually("all messages are delivered", RECOVERED, || {
        let deliveries = receiver.deliveries().into_iter();
        let arrived: BTreeSet<String> = deliveries
            .filter(|d| d.at > since)
            .map(|d| d.id().to_owned())
            .collect();
        if arrived == accepted {
            Ok(())
        } else {
            Err(format!("{} of 20", arrived.len()))
        }
    });

    let app = App {
        api: second.api(),
        id: app.id,
    };
    for id in &accepted {
        eventually("a successful attempt is listed", RECOVERED, || {
            let attempts = app.attempts(id);
            let succeeded = attempts.iter().any(|attempt| attempt["status"] == 0);
            if succeeded {
                Ok(())
            } else {
                Err(format!("{attempts:?}"))
            }
        });
    }
    second.kill();
}
