//! `Idempotency-Key` on messages.

use std::collections::BTreeSet;
use std::thread;

use crate::support::app::{App, items, text, unique};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::wait::SOON;

pub(crate) fn the_same_key_and_body_return_the_first_response(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let key = unique("key");
    let send = || {
        app.message("user.signup", r#"{"n":1}"#)
            .header("idempotency-key", &key)
    };
    let first = send().expect(202);
    assert_eq!(send().expect(202), first);
    receiver.wait_for(1, SOON);
    assert_eq!(send().expect(202), first, "after the delivery");

    let last = app.send("{}");
    let arrived: Vec<String> = receiver
        .wait_for(2, SOON)
        .iter()
        .map(|delivery| delivery.id().to_owned())
        .collect();
    assert_eq!(arrived, [text(&first, "id"), last]);
}

pub(crate) fn the_same_key_with_another_body_is_rejected(host: Host) {
    let app = App::new(host);
    let key = unique("key");
    let send = |payload| {
        app.message("user.signup", payload)
            .header("idempotency-key", &key)
    };
    let first = send(r#"{"n":1}"#).expect(202);
    send(r#"{"n":2}"#).send().problem(422);
    assert_eq!(send(r#"{"n":1}"#).expect(202), first);

    let messages = items(&app.api.get(&app.path("/msg")).expect(200));
    assert_eq!(messages.len(), 1, "{messages:?}");
}

pub(crate) fn concurrent_requests_with_one_key_create_one_message(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let key = unique("key");
    let send = || {
        let call = app
            .message("user.signup", r#"{"n":1}"#)
            .header("idempotency-key", &key);
        text(&call.expect(202), "id")
    };
    let ids: BTreeSet<String> = thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");

    let last = app.send("{}");
    receiver.wait_for(2, SOON);
    let arrived: BTreeSet<String> = receiver
        .deliveries()
        .iter()
        .map(|delivery| delivery.id().to_owned())
        .collect();
    assert_eq!(arrived, ids.into_iter().chain([last]).collect());
    assert_eq!(receiver.deliveries().len(), 2);
    assert_eq!(items(&app.api.get(&app.path("/msg")).expect(200)).len(), 2);
}
