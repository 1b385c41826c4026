//! A rejected request changes nothing.

use serde_json::{Value, json};

use crate::support::app::{App, items, text, unique};
use crate::support::host::Host;

pub(crate) fn a_rejected_application_writes_nothing(host: Host) {
    let api = host.api();
    let uid = unique("taken");
    let created = api
        .post("/api/v1/app", json!({"name": "First", "uid": uid}))
        .expect(201);
    let again = json!({"name": "Second", "uid": uid, "metadata": {"k": "v"}});
    api.post("/api/v1/app", again).send().problem(409);
    let by_uid = api.get(&format!("/api/v1/app/{uid}")).expect(200);
    assert_eq!(by_uid, created);

    let rejected = unique("rejected");
    api.post("/api/v1/app", json!({"name": "", "uid": rejected}))
        .send()
        .problem(422);
    api.get(&format!("/api/v1/app/{rejected}"))
        .send()
        .problem(404);
    // The uid of the rejected request is still free.
    api.post("/api/v1/app", json!({"name": "Third", "uid": rejected}))
        .expect(201);
}

pub(crate) fn a_rejected_endpoint_writes_nothing(host: Host) {
    let app = App::new(host);
    let path = app.path("/endpoint");
    let new = |url: &str| json!({"url": url, "uid": "mine", "eventTypes": ["a", "b"]});
    app.endpoint_with(new("https://example.com/one"));
    let before = app.api.get(&path).expect(200);

    app.api
        .post(&path, new("https://example.com/two"))
        .send()
        .problem(409);
    app.api
        .post(&path, json!({"url": "ftp://example.com/", "uid": "other"}))
        .send()
        .problem(422);
    app.api
        .post(
            &path,
            json!({"url": "https://example.com/", "eventTypes": []}),
        )
        .send()
        .problem(422);
    assert_eq!(app.api.get(&path).expect(200), before);

    // An endpoint of another application may have the same uid.
    App::new(host).endpoint_with(new("https://example.com/three"));
}

pub(crate) fn a_rejected_message_writes_nothing(host: Host) {
    let app = App::new(host);
    let path = app.path("/msg");
    let new =
        |n: u8, event_id: &str| json!({"eventType": "a", "payload": {"n": n}, "eventId": event_id});
    let created = app.api.post(&path, new(1, "event-1")).expect(202);
    let rejected: [Value; 3] = [
        json!({"eventType": "", "payload": {}}),
        json!({"eventType": "a", "payload": 1}),
        json!({"eventType": "a", "payload": {}, "channels": []}),
    ];
    for body in rejected {
        app.api.post(&path, body).send().problem(422);
    }
    // Svix also returns 409 for an event id that is already in use.
    app.api.post(&path, new(2, "event-1")).send().problem(409);

    let messages = items(&app.api.get(&path).expect(200));
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(text(&messages[0], "id"), text(&created, "id"));
    assert_eq!(messages[0]["payload"], json!({"n": 1}));
}
