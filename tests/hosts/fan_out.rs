//! Messages to many endpoints, and slow receivers.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::app::App;
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::{Gate, SOON};

/// The time that a slow receiver waits before it replies. This time is less than the timeout of a delivery, 20 s.
const HELD: Duration = Duration::from_secs(15);

pub(crate) fn a_message_to_100_endpoints_is_accepted_before_it_is_delivered(host: Host) {
    let gate = Gate::default();
    let held = gate.clone();
    let receiver = Receiver::new(move |_, _| {
        held.pass(HELD);
        Reply::status(200)
    });
    let app = App::new(host);
    let paths: Vec<String> = (0..100).map(|n| format!("/{n}")).collect();
    thread::scope(|scope| {
        for some in paths.chunks(25) {
            let (app, receiver) = (&app, &receiver);
            scope.spawn(move || {
                some.iter()
                    .for_each(|path| drop(app.endpoint(&receiver.url(path))))
            });
        }
    });

    let start = Instant::now();
    let id = app.send(r#"{"to":"everyone"}"#);
    // The receiver has not replied yet. So the message was accepted before any of its deliveries ended.
    assert!(start.elapsed() < HELD);
    gate.open();

    let deliveries = receiver.wait_for(100, SOON);
    let reached: BTreeSet<String> = deliveries.iter().map(|d| d.path.clone()).collect();
    assert_eq!(reached, paths.into_iter().collect());
    assert!(deliveries.iter().all(|delivery| delivery.id() == id));
    let attempts = app.wait_for_attempts(&id, 100);
    assert!(
        attempts.iter().all(|attempt| attempt["status"] == 0),
        "{attempts:?}"
    );
}

pub(crate) fn a_slow_receiver_does_not_delay_others(host: Host) {
    let gate = Gate::default();
    let held = gate.clone();
    let slow = Receiver::new(move |_, _| {
        held.pass(HELD);
        Reply::status(200)
    });
    let quick = Receiver::accepting();
    let (patient, busy) = (App::new(host), App::new(host));
    patient.endpoint(&slow.url("/slow"));
    busy.endpoint(&quick.url("/quick"));
    patient.send("{}");
    slow.wait_for(1, SOON);

    // The slow receiver has not replied yet.
    busy.send("{}");
    quick.wait_for(1, HELD - Duration::from_secs(5));
    gate.open();
}

pub(crate) fn many_messages_to_a_hanging_endpoint_do_not_delay_another_endpoint(host: Host) {
    let gate = Gate::default();
    let held = gate.clone();
    let slow = Receiver::new(move |_, _| {
        held.pass(HELD);
        Reply::status(200)
    });
    let quick = Receiver::accepting();
    let (patient, busy) = (App::new(host), App::new(host));
    patient.endpoint(&slow.url("/slow"));
    busy.endpoint(&quick.url("/quick"));
    for number in 0..200 {
        patient.send(&format!(r#"{{"number":{number}}}"#));
    }
    slow.wait_for(1, SOON);
    let start = Instant::now();
    busy.send("{}");
    quick.wait_for(1, SOON);
    // On an idle machine, the delivery takes one second.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    gate.open();
}
