//! The fuzz targets. Each target parses an input and checks invariants of the result. `tests/fuzz` runs the targets
//! with the inputs in `fuzz/seeds`.

use std::cell::RefCell;

use relay::{Secret, sign, verify};
use whippet::axum::http::HeaderMap;
use whippet::axum::http::header::{ACCEPT, AUTHORIZATION, HOST};
use whippet::fuzzing;
use whippet::response::{Order, PageParams};
use whippet::testing::{TestApp, block_on};

/// Parses the headers of a request from a text in the format that the Worker's `boundary.js` writes.
pub fn headers(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let lines = text.split('\n').count();
    let valid = |headers: &HeaderMap| {
        let mut values = headers.values();
        values.all(|value| !value.as_bytes().contains(&b'\r') && !value.as_bytes().contains(&b'\n'))
    };
    let all = fuzzing::headers(None, text.to_owned());
    assert!(all.len() <= lines / 2 && valid(&all));
    let names = [ACCEPT, AUTHORIZATION, HOST];
    let named = fuzzing::headers(Some(&names), text.to_owned());
    assert!(named.keys().all(|name| names.contains(name)) && valid(&named));
}

/// Splits an SQL script into statements.
pub fn sql(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut rest = text;
    for statement in fuzzing::split(text) {
        let at = rest
            .find(statement)
            .expect("each statement is in the script, after the previous statement");
        rest = &rest[at + statement.len()..];
        assert_eq!(fuzzing::split(statement), [statement]);
    }
}

/// Decodes the query parameter `cursor` of a list.
pub fn cursor(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let params = || -> PageParams {
        let json = serde_json::json!({"cursor": text, "limit": 1});
        serde_json::from_value(json).expect("parameters")
    };
    const COLUMNS: &[&str] = &["created_at", "id"];
    let Ok(cursor) = params().cursor("list", COLUMNS, Order::Ascending) else {
        return;
    };
    if let Some(key) = cursor.key() {
        let key: serde_json::Value = serde_json::from_str(&key).expect("JSON");
        assert_eq!(key.as_array().map(Vec::len), Some(COLUMNS.len()));
        // Values from the client are bound parameters and never part of the SQL.
        let sql =
            "(created_at, id) > (?1 ->> 0, ?1 ->> 1) order by created_at asc, id asc limit ?2";
        let back =
            "(created_at, id) < (?1 ->> 0, ?1 ->> 1) order by created_at desc, id desc limit ?2";
        assert!([sql, back].contains(&cursor.sql().as_str()));
    }
}

/// Verifies the signatures of a delivery. The first line of the input is the secret, the second line has the
/// signatures, and the rest is the payload.
pub fn signature(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (secret, signatures, payload) = (part(), part(), part());
    let (Ok(secret), Ok(signatures)) =
        (std::str::from_utf8(secret), std::str::from_utf8(signatures))
    else {
        return;
    };
    let Ok(secret) = secret.parse::<Secret>() else {
        return;
    };
    let correct = sign(&secret, "id", 7, payload);
    let has_correct = signatures.split(' ').any(|signature| signature == correct);
    let verified = verify(&secret, "id", "7", signatures, payload, 7).is_ok();
    assert_eq!(verified, has_correct);
    let among = format!("{signatures} {correct}");
    assert_eq!(verify(&secret, "id", "7", &among, payload, 7), Ok(()));
}

/// The number of inputs after which a new app is started. An app stores the data of all its requests, so its memory
/// grows.
const INPUTS_PER_APP: usize = 200;

/// Sends raw bytes to the native HTTP server with Relay behind it.
///
/// The server must send only complete responses, and no 5xx response. The number of responses must not exceed the
/// number of requests that the input can contain, plus one for bytes that are not a request.
pub fn http(input: &[u8]) {
    thread_local! {
        static APP: RefCell<(usize, Option<TestApp>)> = const { RefCell::new((0, None)) };
    }
    // Skips HTTP/2, because this target does not parse its frames.
    if input.starts_with(b"PRI ") {
        return;
    }
    APP.with_borrow_mut(|(inputs, app)| {
        *inputs += 1;
        if *inputs % INPUTS_PER_APP == 0 {
            *app = None;
        }
        let app = app.get_or_insert_with(|| {
            let builder = TestApp::builder().variable("RELAY_API_KEY", "k");
            block_on(builder.start(relay::app))
        });
        let output = fuzzing::http(app.service().clone(), input);
        let has_head_request = input.windows(5).any(|window| window == b"HEAD ");
        let responses = check_responses(&output, has_head_request);
        // The shortest request is `A / HTTP/1.0` and two line feeds. Bytes that are
        // not a request get one more response.
        let requests = input.len() / 14;
        assert!(responses <= requests + 1, "{responses} responses");
    });
}

/// Checks that the output consists of complete HTTP/1 responses without a 5xx, and returns their number.
fn check_responses(mut output: &[u8], has_head_request: bool) -> usize {
    let mut count = 0;
    while !output.is_empty() {
        let end = output.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.expect("a complete head");
        let head = std::str::from_utf8(&output[..end]).expect("an ASCII head");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a status line");
        let code = status
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5));
        let code: u16 = code.and_then(|code| code.parse().ok()).expect(status);
        assert!(code < 500, "{status}");
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.parse::<usize>().expect("a length"))
        });
        output = &output[end + 4..];
        count += usize::from(code != 100);
        let has_body = code >= 200 && code != 204 && code != 304;
        let Some(length) = length.filter(|_| has_body) else {
            continue;
        };
        // The response to `HEAD` has a length and no body.
        let is_without_body = output.is_empty() || output.starts_with(b"HTTP/1.");
        if !(has_head_request && is_without_body) {
            output = output.get(length..).expect("a complete body");
        }
    }
    count
}
