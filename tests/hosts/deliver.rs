//! Deliveries. A message arrives as a signed POST request.

use serde_json::json;

use crate::support::app::{App, text};
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::secrets;
use crate::support::wait::SOON;

/// A payload that would change if Relay parsed it and wrote it again. For example, the double closest to the large
/// number is another number, and sorting the fields would change their order.
const PAYLOAD: &str = "{ \"z\" : 9007199254740993 ,\n\t\"a\":[ 1.0,1e3 , -0.0,{ } ],\r\n \
     \"text\": \"Žluťoučký kůň 🦀 e\\u0301 \\/ \\u0000\" ,\"a\":null }";

pub(crate) fn a_message_arrives_signed_and_byte_for_byte(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let endpoint = app.endpoint(&receiver.url("/hook"));

    let accepted = app.message("user.signup", PAYLOAD).expect(202);
    let id = text(&accepted, "id");
    assert_eq!(accepted["eventType"], "user.signup");
    text(&accepted, "timestamp");

    let delivery = receiver.wait_for(1, SOON).remove(0);
    assert_eq!((&*delivery.method, &*delivery.path), ("POST", "/hook"));
    assert_eq!(String::from_utf8_lossy(&delivery.body), PAYLOAD);
    assert!(
        delivery
            .header("content-type")
            .starts_with("application/json"),
        "{delivery:?}"
    );
    assert_eq!(delivery.id(), id);
    let timestamp: u64 = delivery
        .header("webhook-timestamp")
        .parse()
        .expect("integer seconds");
    assert!(timestamp.abs_diff(delivery.clock) < 60, "{delivery:?}");
    assert!(
        delivery.header("webhook-signature").starts_with("v1,"),
        "{delivery:?}"
    );
    assert!(
        delivery.verifies_with(&app.secret(&endpoint)),
        "{delivery:?}"
    );

    let message = app.api.get(&app.path(&format!("/msg/{id}"))).send();
    assert!(message.text().contains("9007199254740993"), "{message:?}");
    let without = app
        .api
        .get(&app.path(&format!("/msg/{id}?with_content=false")))
        .expect(200);
    assert_eq!(without["payload"], json!({}));

    // After the second message has arrived, asserts that the first message has arrived only once.
    let next = app.send("{}");
    let all = receiver.wait_for(2, SOON);
    assert_eq!([all[0].id(), all[1].id()], [id, next]);
    assert_eq!(all.len(), 2);
}

pub(crate) fn each_endpoint_gets_the_same_message_id_and_its_own_signature(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let one = app.endpoint(&receiver.url("/one"));
    let two = app.endpoint(&receiver.url("/two"));
    let (one, two) = (app.secret(&one), app.secret(&two));
    assert_ne!(one, two);

    let id = app.send(r#"{"hello":"all"}"#);
    for delivery in receiver.wait_for(2, SOON) {
        assert_eq!(delivery.id(), id);
        let own = delivery.path == "/one";
        assert_eq!(delivery.verifies_with(&one), own, "{delivery:?}");
        assert_eq!(delivery.verifies_with(&two), !own, "{delivery:?}");
    }
}

pub(crate) fn a_generated_secret_has_24_random_bytes(host: Host) {
    let app = App::new(host);
    let endpoint = app.endpoint("http://127.0.0.1:9/");
    let secret = app.secret(&endpoint);
    let bytes = secret.strip_prefix("whsec_").expect("the prefix");
    // The base64 of 24 bytes has 32 characters, and no padding.
    assert_eq!(bytes.len(), 32, "{secret}");
    assert!(!bytes.contains('='), "{secret}");
}

pub(crate) fn a_provided_secret_signs_the_deliveries(host: Host) {
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let receiver = Receiver::accepting();
    let app = App::new(host);
    secrets::remember(SECRET);
    let endpoint = app.endpoint_with(json!({"url": receiver.url("/"), "secret": SECRET}));
    assert_eq!(app.secret(&endpoint), SECRET);

    app.send("{}");
    let delivery = receiver.wait_for(1, SOON).remove(0);
    assert!(delivery.verifies_with(SECRET), "{delivery:?}");
}

pub(crate) fn headers_of_an_endpoint_are_sent_with_each_delivery(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    let headers = json!({"X-Tenant": "42", "authorization": "Bearer of-the-receiver"});
    app.endpoint_with(json!({"url": receiver.url("/"), "headers": headers}));

    app.send("{}");
    let delivery = receiver.wait_for(1, SOON).remove(0);
    assert_eq!(delivery.header("x-tenant"), "42");
    assert_eq!(delivery.header("authorization"), "Bearer of-the-receiver");
}
