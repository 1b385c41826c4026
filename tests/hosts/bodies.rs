//! How long a body may be: 1 MiB, and not a byte more.

use crate::support::app::{App, text};
use crate::support::client::Answer;
use crate::support::host::Host;
use crate::support::raw;
use crate::support::receiver::Receiver;
use crate::support::wait::SOON;

const MEBIBYTE: usize = 1024 * 1024;
const HEAD: &str = r#"{"eventType":"user.signup","payload":{"filler":""#;
const TAIL: &str = r#""}}"#;

pub(crate) fn a_body_of_one_mebibyte_is_delivered(host: Host) {
    let receiver = Receiver::accepting();
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));
    let id = text(
        &app.api
            .post(&app.path("/msg"), message(MEBIBYTE))
            .expect(202),
        "id",
    );

    let delivery = receiver.wait_for(1, SOON).remove(0);
    assert_eq!(delivery.id(), id);
    assert_eq!(
        delivery.body.len(),
        MEBIBYTE - HEAD.len() - TAIL.len() + r#"{"filler":""}"#.len()
    );
}

pub(crate) fn a_longer_body_is_refused(host: Host) {
    let app = App::new(host);
    for length in [MEBIBYTE + 1, 3 * MEBIBYTE] {
        let body = message(length).into_bytes();
        let sized = format!("Content-Length: {length}");
        post(host, &app, &sized, body.clone()).problem(413);
        post(host, &app, "Transfer-Encoding: chunked", chunked(&body)).problem(413);
    }
    assert!(
        app.api.get(&app.path("/msg")).expect(200)["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

pub(crate) fn a_body_said_to_be_longer_is_refused_unread(host: Host) {
    let app = App::new(host);
    post(host, &app, "Content-Length: 99999999999", Vec::new()).problem(413);
}

fn post(host: Host, app: &App, length: &str, body: Vec<u8>) -> Answer {
    let line = format!("POST {} HTTP/1.1", app.path("/msg"));
    let head = format!("{line}\r\nContent-Type: application/json\r\n{length}");
    raw::exchange(host.server(), &head, body).unwrap_or_else(|| panic!("{length}: no answer"))
}

/// A message of that many bytes.
fn message(length: usize) -> String {
    format!(
        "{HEAD}{}{TAIL}",
        "x".repeat(length - HEAD.len() - TAIL.len())
    )
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in body.chunks(60_000) {
        chunks.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}
