//! Concurrent requests and their log lines.

use serde_json::{Value, json};

use crate::support::app::{App, unique};
use crate::support::host::Host;
use crate::support::raw::{Connection, head};
use crate::support::receiver::Receiver;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

const COUNT: usize = 64;

/// The method, the path (`{app}` is a placeholder for the path of an application), the body, the expected status, and
/// the route in the log line.
type Case = (&'static str, &'static str, &'static str, u16, &'static str);

#[rustfmt::skip] // One line for each case.
const CASES: [Case; 8] = [
    ("GET", "/healthz", "", 200, "/healthz"),
    ("GET", "{app}", "", 200, "/api/v1/app/{app_id}"),
    ("POST", "/api/v1/app", r#"{"name":"One of many"}"#, 201, "/api/v1/app"),
    ("POST", "{app}/msg", r#"{"eventType":"a","payload":{}}"#, 202, "/api/v1/app/{app_id}/msg"),
    ("POST", "{app}/msg", r#"{"eventType":"a"#, 400, "/api/v1/app/{app_id}/msg"),
    ("POST", "/api/v1/app", r#"{"name":""}"#, 422, "/api/v1/app"),
    ("POST", "/api/v1/app/app_nothing/endpoint", r#"{"url":"https://a.b/"}"#, 404, "/api/v1/app/{app_id}/endpoint"),
    ("DELETE", "/nothing/here", "", 404, ""),
];

pub(crate) fn concurrent_requests_have_separate_log_lines(host: Host) {
    let server = host.server();
    let receiver = Receiver::accepting();
    let app = App::new(host);
    app.endpoint(&receiver.url("/hook"));

    let requests: Vec<(String, Case)> = (0..COUNT)
        .map(|n| (unique("flight"), CASES[n % CASES.len()]))
        .collect();
    // Sends each request without its last byte. So all requests are in flight before the first request completes.
    let started: Vec<_> = requests
        .iter()
        .map(|(id, case)| start(server, &app, id, case))
        .collect();
    let complete: Vec<Connection> = started.into_iter().map(Unfinished::finish).collect();
    for (connection, (id, (_, path, _, status, _))) in complete.into_iter().zip(&requests) {
        let response = connection.read_response(path).expect("a response");
        assert_eq!(response.status, *status, "{response:?}");
        assert_eq!(response.header("x-request-id"), id);
    }

    let mut expected = Vec::new();
    for (id, (method, _, _, status, route)) in &requests {
        expected.push(json!([id, "request", method, route, status]));
        if *status == 202 {
            expected.push(json!([id, "task done", null, null, null]));
        }
    }
    let logged = eventually("every log line is written", SOON, || {
        let mut lines = server.log.lines();
        lines.retain(|line| requests.iter().any(|(id, _)| line["request_id"] == **id));
        if lines.len() < expected.len() {
            return Err(format!("{} of {}", lines.len(), expected.len()));
        }
        Ok(lines.iter().map(outline).collect())
    });
    assert_eq!(sorted(logged), sorted(expected));
}

/// A request that was sent without its last byte.
struct Unfinished {
    connection: Connection,
    last: u8,
}

/// Sends a request without its last byte.
fn start(server: &Server, app: &App, id: &str, (method, path, body, ..): &Case) -> Unfinished {
    let path = path.replace("{app}", &app.path(""));
    let lines = [
        &format!("{method} {path} HTTP/1.1"),
        &format!("X-Request-Id: {id}"),
        "Content-Type: application/json",
        &format!("Content-Length: {}", body.len()),
    ];
    let mut bytes = head(server, &lines.join("\r\n"));
    bytes.extend_from_slice(body.as_bytes());
    let last = bytes.pop().expect("a byte");
    let mut connection = Connection::open(server);
    connection.send(bytes);
    Unfinished { connection, last }
}

impl Unfinished {
    fn finish(mut self) -> Connection {
        self.connection.send([self.last]);
        self.connection
    }
}

/// Returns those fields of a log line that the scenario compares.
fn outline(line: &Value) -> Value {
    ["request_id", "message", "method", "route", "status"]
        .map(|field| line[field].clone())
        .into_iter()
        .collect()
}

fn sorted(mut outlines: Vec<Value>) -> Vec<Value> {
    outlines.sort_by_key(Value::to_string);
    outlines
}
