//! What lines cost, in allocations: the figures of `docs/LOGGING.md`.
//!
//! `cargo test -p whippet --test log allocations -- --nocapture` prints them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use tracing::dispatcher::with_default;
use whippet::axum::body::Body;
use whippet::axum::http::Request;
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Config, Timestamp, log};

/// The allocations of a line once its buffers are there.
const OF_A_LINE: u64 = 0;

/// The allocations of the span and the line of a request, beyond those of a request without a log.
const OF_A_REQUEST: u64 = 0;

fn line() {
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
    line();
    measure(line).count_total.to_string()
}

async fn nothing() {}

/// Runs a test with a log that writes nowhere.
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

fn of_a_request(app: &TestApp) -> u64 {
    let answer = || {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = "/nothing".parse().unwrap();
        measure(|| {
            let mut answer = pin!(app.service().handle(request));
            let polled = answer
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(polled, Poll::Ready(answer) if answer.status() == 200));
        })
    };
    answer();
    answer().count_total
}

#[test]
fn a_line_allocates_nothing() {
    let answer = with_log("info", |app| block_on(async { app.get("/count").await }));
    println!("allocations of a line: {}", answer.text());
    assert_eq!(answer.text(), OF_A_LINE.to_string());
}

#[test]
fn a_request_allocates_nothing_for_its_log() {
    let with = with_log("info", of_a_request);
    let without = with_log("off", of_a_request);
    println!("allocations of a request: {with} with a log, {without} without");
    assert_eq!(with - without, OF_A_REQUEST);
}
