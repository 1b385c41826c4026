//! Request bodies. A body is at most 1 MiB, and may have any bytes.

use std::thread;

use crate::support::app::{App, text};
use crate::support::client::Response;
use crate::support::host::Host;
use crate::support::receiver::Receiver;
use crate::support::wait::SOON;
use crate::support::wire::chunk;
use crate::support::{probe, raw};

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

pub(crate) fn a_body_over_one_mebibyte_is_rejected(host: Host) {
    let app = App::new(host);
    for length in [MEBIBYTE + 1, 3 * MEBIBYTE] {
        let body = message(length).into_bytes();
        let sized = format!("Content-Length: {length}");
        post(host, &app, &sized, &body).problem(413);
        post(host, &app, "Transfer-Encoding: chunked", &chunked(&body)).problem(413);
    }
    assert!(
        app.api.get(&app.path("/msg")).expect(200)["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

pub(crate) fn a_content_length_over_the_limit_is_rejected_before_the_body_arrives(host: Host) {
    let app = App::new(host);
    post(host, &app, "Content-Length: 99999999999", &[]).problem(413);
}

pub(crate) fn the_limit_holds_for_a_handler_that_takes_bytes(host: Host) {
    let probe = probe::shared(host);
    let post = |length: &str, body: &[u8]| {
        let head = format!("POST /echo HTTP/1.1\r\nContent-Type: text/plain\r\n{length}");
        raw::exchange(&probe, &head, body).unwrap_or_else(|| panic!("{length}: no response"))
    };
    for length in [MEBIBYTE + 1, 3 * MEBIBYTE / 2, 3 * MEBIBYTE] {
        let body = vec![b'x'; length];
        let sized = post(&format!("Content-Length: {length}"), &body);
        assert_eq!(sized.problem(413)["code"], "payload_too_large");
        let streamed = post("Transfer-Encoding: chunked", &chunked(&body));
        assert_eq!(streamed.problem(413)["code"], "payload_too_large");
    }
}

pub(crate) fn bytes_are_echoed_unchanged(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    let echo = |content_type: &str, body: &[u8]| {
        let response = api.call("POST", "/echo").body(content_type, body).send();
        assert_eq!(response.status, 200, "{response:?}");
        assert!(
            response.body == body,
            "{} bytes of {content_type}",
            body.len()
        );
    };
    for length in [0, 1, 255, 4096, 4097, 100_000, MEBIBYTE] {
        let bytes: Vec<u8> = (0..length).map(|at: usize| at.to_le_bytes()[0]).collect();
        echo("application/octet-stream", &bytes);
    }
    echo(
        "text/plain",
        "ASCII, then ünïcödé: 🦀".repeat(50).as_bytes(),
    );
}

/// While a host sends a body, it must not reuse the memory of that body.
pub(crate) fn concurrent_bodies_stay_separate(host: Host) {
    let probe = probe::shared(host);
    let call = |byte: u8| {
        let api = probe.api();
        let body = vec![byte; MEBIBYTE];
        let response = api
            .call("POST", "/echo")
            .body("text/plain", body.clone())
            .send();
        assert!(response.body == body, "{byte}: {response:?}");
    };
    thread::scope(|scope| {
        for byte in b'a'..=b'p' {
            scope.spawn(move || call(byte));
        }
    });
}

fn post(host: Host, app: &App, length: &str, body: &[u8]) -> Response {
    let line = format!("POST {} HTTP/1.1", app.path("/msg"));
    let head = format!("{line}\r\nContent-Type: application/json\r\n{length}");
    raw::exchange(host.server(), &head, body).unwrap_or_else(|| panic!("{length}: no response"))
}

/// Returns a request body of `length` bytes that creates a message.
fn message(length: usize) -> String {
    format!(
        "{HEAD}{}{TAIL}",
        "x".repeat(length - HEAD.len() - TAIL.len())
    )
}

fn chunked(body: &[u8]) -> Vec<u8> {
    body.chunks(60_000)
        .chain([&[][..]])
        .flat_map(chunk)
        .collect()
}
