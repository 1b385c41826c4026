//! Tests how often log lines allocate memory. `docs/LOGGING.md` states the numbers.
//!
//! `cargo test -p whippet --test log allocations -- --nocapture` prints the figures.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use tracing::dispatcher::with_default;
use whippet::axum::body::Body;
use whippet::axum::http::Request;
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Config, Timestamp, log};

/// The number of allocations for a log line after the log has allocated its buffers.
const PER_LINE: u64 = 0;

/// The number of additional allocations for a request whose span and line are logged.
const PER_REQUEST: u64 = 0;

fn log_line() {
    let error = std::io::Error::from(std::io::ErrorKind::NotFound);
    tracing::info!(
        count = 3,
        ratio = 0.5,
        name = "Ada",
        list = ?[1, 2],
        error = &error as &dyn std::error::Error,
        "a line with {} fields",
        5
    );
}

async fn count() -> String {
    log::bind("tenant", "acme");
    log_line();
    measure(log_line).count_total.to_string()
}

async fn nothing() {}

/// Runs a test with a log that discards its lines.
fn with_log<T>(level: &str, test: impl FnOnce(&TestApp) -> T) -> T {
    let config = Config::from_iter([(log::LEVEL, level)]);
    let now = || Timestamp::from_millis(1500);
    let (dispatch, result) = log::dispatch(&config, std::io::sink, now);
    result.unwrap();
    let app = App::new()
        .route("/count", get(count))
        .route("/nothing", get(nothing));
    with_default(&dispatch, || test(&block_on(TestApp::new(|_| Ok(app)))))
}

fn request_allocations(app: &TestApp) -> u64 {
    let request = || {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = "/nothing".parse().unwrap();
        measure(|| {
            let mut response = pin!(app.service().handle(request));
            let polled = response
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(polled, Poll::Ready(response) if response.status() == 200));
        })
    };
    request();
    request().count_total
}

#[test]
fn writing_a_log_line_does_not_allocate_memory() {
    let response = with_log("info", |app| block_on(async { app.get("/count").await }));
    println!("allocations of a line: {}", response.text());
    assert_eq!(response.text(), PER_LINE.to_string());
}

#[test]
fn logging_a_request_does_not_allocate_memory() {
    let with = with_log("info", request_allocations);
    let without = with_log("off", request_allocations);
    println!("allocations of a request: {with} with a log, {without} without");
    assert_eq!(with - without, PER_REQUEST);
}
