//! After an application or an endpoint was deleted, a request for it returns 404, and its pending deliveries are
//! canceled.

use std::collections::HashMap;

use crate::support::app::{App, items, text};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::wait::SOON;

pub(crate) fn a_deleted_application_is_404_and_gets_no_more_deliveries(host: Host) {
    let receiver = Receiver::new(|_, _| Reply::status(500));
    let (app, other) = (App::new(host), App::new(host));
    let endpoint = app.endpoint(&receiver.url("/deleted"));
    other.endpoint(&receiver.url("/other"));
    let id = app.send("{}");
    receiver.wait_for(1, SOON);

    let response = app.api.delete(&app.path("")).send();
    assert_eq!(
        (response.status, response.body.len()),
        (204, 0),
        "{response:?}"
    );
    let gone = [
        String::new(),
        "/endpoint".to_owned(),
        format!("/endpoint/{endpoint}"),
        format!("/endpoint/{endpoint}/secret"),
        "/msg".to_owned(),
        format!("/msg/{id}"),
        format!("/attempt/msg/{id}"),
    ];
    for path in gone {
        app.api.get(&app.path(&path)).send().problem(404);
    }
    app.message("a", "{}").send().problem(404);
    app.api.delete(&app.path("")).send().problem(404);

    // Waits while a message of the other application goes through the whole retry schedule. In this time, at most one
    // attempt for the deleted application may arrive: one that was in flight when the application was deleted.
    let before = receiver.at_path("/deleted").len();
    let id = other.send("{}");
    other.wait_for_attempts(&id, 4);
    let after = receiver.at_path("/deleted").len();
    assert!(
        after <= before + 1,
        "{before}, then {:?}",
        receiver.counts()
    );
}

pub(crate) fn a_deleted_endpoint_is_404_and_gets_no_more_messages(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let deleted = app.endpoint(&receiver.url("/deleted"));
    let kept = app.endpoint(&receiver.url("/kept"));
    app.send(r#"{"n":1}"#);
    receiver.wait_for(2, SOON);

    let path = app.path(&format!("/endpoint/{deleted}"));
    assert_eq!(app.api.delete(&path).send().status, 204);
    app.api.get(&path).send().problem(404);
    app.api.delete(&path).send().problem(404);
    let left = items(&app.api.get(&app.path("/endpoint")).expect(200));
    assert_eq!(
        left.iter()
            .map(|endpoint| text(endpoint, "id"))
            .collect::<Vec<_>>(),
        [kept]
    );

    app.send(r#"{"n":2}"#);
    receiver.wait_for(3, SOON);
    let counts = HashMap::from([("/deleted".into(), 1), ("/kept".into(), 2)]);
    assert_eq!(receiver.counts(), counts);
}
