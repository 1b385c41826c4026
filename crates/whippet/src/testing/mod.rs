//! In-process tests: an app on in-memory SQLite, with a virtual clock and a mocked HTTP client. No socket is opened. A
//! test runs natively, or in a browser if it is compiled to wasm32.
//!
//! ```
//! use whippet::{App, Clock, Json, Timestamp, routing::get, testing::TestApp};
//!
//! async fn now(clock: Clock) -> Json<Timestamp> { Json(clock.now()) }
//!
//! # async fn test() {
//! let app = TestApp::new(|_| Ok(App::new().route("/now", get(now)))).await;
//! app.get("/now").await.assert_status(200).assert_json("2026-01-01T00:00:00.000Z");
//! app.advance("5m").await;
//! app.get("/now").await.assert_json("2026-01-01T00:05:00.000Z");
//! # }
//! # whippet::testing::block_on(test());
//! ```
//!
//! - [`TestApp`]: the app under test, which a [`TestAppBuilder`] configures. A [`TestRequest`] returns a
//!   [`TestResponse`], which has assertions.
//! - [`TestApp::expect`] and [`Call`]: the outbound calls that a test expects. Unexpected calls fail the test.
//! - [`TestApp::advance`]: advances the clock and runs everything that falls due.
//! - [`TestApp::tasks`], [`TestApp::logs`], [`TestApp::statements`]: the tasks, log lines and SQL statements of the
//!   app.
//! - [`Fixture`]: the arguments of a [`#[whippet::test]`](crate::test).
//!
//! A test that fails prints a transcript of each app: requests, responses, SQL with its values, log lines, outbound
//! calls. A test also fails if a log line contains a secret from the configuration, a request or a response.

mod app;
mod blobs;
mod builder;
mod calls;
mod clock;
#[cfg(not(target_arch = "wasm32"))]
mod contract;
mod database;
mod duration;
mod exchange;
mod expect;
mod fixture;
mod form;
mod host;
mod json;
mod log;
mod redact;
mod request;
mod response;
mod run;
mod send;
mod stream;
mod tasks;
mod time;
mod transcript;
#[cfg(not(target_arch = "wasm32"))]
mod triggers;
#[cfg(not(target_arch = "wasm32"))]
mod variables;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use app::TestApp;
pub use builder::{StartError, TestAppBuilder};
pub use duration::IntoDuration;
pub use exchange::Exchange;
pub use expect::{Call, Expectation};
pub use fixture::Fixture;
pub use log::Logs;
pub use request::TestRequest;
pub use response::TestResponse;
pub use run::block_on;
pub use stream::{TestEvent, TestStream};
pub use tasks::TaskRow;
#[cfg(not(target_arch = "wasm32"))]
pub use triggers::trigger_mistakes;
#[cfg(not(target_arch = "wasm32"))]
pub use variables::variable_mistakes;

/// In a browser, the code that `#[whippet::test]` generates uses this crate.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub use wasm_bindgen_test;

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
