//! The request id, and one JSON line per request.

use std::sync::OnceLock;

use serde::Serialize;
use spin_sdk::http::{HeaderValue, Method, Request, StatusCode};
use spin_sdk::variables;
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};
use spin_sdk::wasip3::random::random;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wasip2::cli::stdout::get_stdout;

/// Whether the app writes log lines.
static LOGS: OnceLock<bool> = OnceLock::new();

/// The log line of a request.
pub struct Line {
    method: Method,
    route: String,
    /// When the request started, in nanoseconds of the monotonic clock.
    started: u64,
}

#[derive(Serialize)]
struct Fields<'a> {
    timestamp: String,
    level: &'a str,
    message: &'a str,
    request_id: &'a str,
    trace_id: String,
    span_id: String,
    route: &'a str,
    method: &'a str,
    status: u16,
    duration_ms: u64,
}

impl Line {
    /// Returns `None` if log lines are turned off.
    pub async fn start(request: &Request) -> Option<Self> {
        logs().await.then(|| Self {
            method: request.method().clone(),
            route: request.uri().path().to_owned(),
            started: monotonic_clock::now(),
        })
    }

    pub fn write(self, request_id: &HeaderValue, status: StatusCode) {
        let fields = Fields {
            timestamp: timestamp(),
            level: "info",
            message: "request",
            request_id: request_id.to_str().unwrap_or_default(),
            trace_id: hex(16),
            span_id: hex(8),
            route: &self.route,
            method: self.method.as_str(),
            status: status.as_u16(),
            duration_ms: (monotonic_clock::now() - self.started) / 1_000_000,
        };
        if let Ok(mut line) = serde_json::to_vec(&fields) {
            line.push(b'\n');
            // If the line cannot be written, the line is lost, but the request succeeds.
            let _ = get_stdout().blocking_write_and_flush(&line);
        }
    }
}

pub fn new_request_id() -> HeaderValue {
    // The conversion cannot fail, because hexadecimal digits are valid in a header.
    HeaderValue::from_str(&hex(16)).unwrap_or(HeaderValue::from_static("none"))
}

fn timestamp() -> String {
    let now = system_clock::now();
    let time =
        OffsetDateTime::from_unix_timestamp(now.seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let time = time.replace_nanosecond(now.nanoseconds).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_default()
}

async fn logs() -> bool {
    match LOGS.get() {
        Some(logs) => *logs,
        None => {
            let level = variables::get("log_level").await;
            *LOGS.get_or_init(|| level.is_ok_and(|level| level == "info"))
        }
    }
}

fn hex(bytes: u64) -> String {
    let bytes = random::get_random_bytes(bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
