//! Tests in process: an app on real SQLite in memory, with a clock that moves only when told to and outbound calls that
//! the test answers. No socket is opened.
//!
//! ```
//! use whippet::axum::http::StatusCode;
//! use whippet::{App, Clock, Json, Timestamp, routing::get, testing::TestApp};
//!
//! async fn now(clock: Clock) -> Json<Timestamp> { Json(clock.now()) }
//!
//! # async fn test() {
//! let app = TestApp::new(|_| Ok(App::new().route("/now", get(now)))).await;
//! let answer = app.get("/now").await;
//! assert_eq!(answer.status, StatusCode::OK);
//! assert_eq!(answer.json(), "2026-01-01T00:00:00.000Z");
//! # }
//! # whippet::testing::block_on(test());
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use futures_util::future::BoxFuture;

use crate::host::native::{Sqlite, SystemEntropy};
use crate::host::{Budget, Host, HttpClient, OutboundRequest, TimeSource, WakeUp};
use crate::tasks::Drained;
use crate::{App, AppError, Config, Context, FetchError, FetchResponse, Service, Timestamp};

/// Runs a future to its end: the body of a test.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    #[expect(clippy::expect_used, reason = "a test without a runtime has failed")]
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a tokio runtime");
    runtime.block_on(future)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A clock that stands at the first moment of 2026 until it is moved.
#[derive(Debug, Clone)]
struct VirtualClock(Arc<Mutex<Timestamp>>);

impl TimeSource for VirtualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }

    /// Never ends: time limits are not reached in virtual time.
    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

type Answer = dyn Fn(&OutboundRequest) -> Result<FetchResponse, FetchError> + Send + Sync;

/// Records outbound requests and answers them as the test says.
#[derive(Clone)]
struct Outbound {
    answer: Arc<Mutex<Arc<Answer>>>,
    sent: Arc<Mutex<Vec<OutboundRequest>>>,
}

impl HttpClient for Outbound {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        let answer = Arc::clone(&lock(&self.answer));
        let response = answer(&request);
        lock(&self.sent).push(request);
        Box::pin(std::future::ready(response))
    }
}

struct NoWakeUp;

impl WakeUp for NoWakeUp {
    fn wake(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn budget(&self) -> Budget {
        Budget {
            at_once: 16,
            attempts: 1000,
            time: Duration::MAX,
        }
    }
}

/// An app under test.
pub struct TestApp {
    service: Service,
    clock: VirtualClock,
    outbound: Outbound,
}

impl TestApp {
    /// The app without configuration, migrated.
    ///
    /// # Panics
    ///
    /// When the app or its migrations contradict themselves.
    pub async fn new(app: impl FnOnce(&Config) -> Result<App, AppError>) -> Self {
        Self::with_config(Config::default(), app).await
    }

    /// The app with this configuration, migrated.
    ///
    /// # Panics
    ///
    /// When the app, its configuration or its migrations contradict themselves.
    #[expect(
        clippy::expect_used,
        reason = "a test whose app does not start has failed"
    )]
    pub async fn with_config(
        config: Config,
        app: impl FnOnce(&Config) -> Result<App, AppError>,
    ) -> Self {
        let test = Self::unmigrated(config, app);
        test.service.migrate().await.expect("the migrations apply");
        test
    }

    /// The app on an empty database.
    ///
    /// # Panics
    ///
    /// When the app or its configuration contradict themselves.
    #[expect(
        clippy::expect_used,
        reason = "a test whose app does not start has failed"
    )]
    pub fn unmigrated(config: Config, app: impl FnOnce(&Config) -> Result<App, AppError>) -> Self {
        let start = Timestamp::parse("2026-01-01T00:00:00Z").expect("a timestamp");
        let clock = VirtualClock(Arc::new(Mutex::new(start)));
        let refuse = |request: &OutboundRequest| {
            Err(FetchError::Connect(format!(
                "nothing answers {}",
                request.url
            )))
        };
        let outbound = Outbound {
            answer: Arc::new(Mutex::new(Arc::new(refuse))),
            sent: Arc::default(),
        };
        let host = Host {
            name: "test",
            database: Arc::new(Sqlite::open(":memory:").expect("a database in memory")),
            http: Arc::new(outbound.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SystemEntropy),
            queue: Arc::new(NoWakeUp),
            config: config.clone(),
        };
        let service = app(&config)
            .and_then(|app| app.into_service(host))
            .expect("the app starts");
        Self {
            service,
            clock,
            outbound,
        }
    }

    /// The service itself.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What handlers see of the host.
    pub fn context(&self) -> &Context {
        self.service.context()
    }

    /// Puts `dependency` in the place of its type, for every handler and task that takes it from now on.
    ///
    /// That holds for extractors that ask [`Context::replaced`] first.
    #[must_use]
    pub fn with<D: Clone + Send + Sync + 'static>(self, dependency: D) -> Self {
        self.context().replace(dependency);
        self
    }

    /// Answers outbound requests from now on.
    pub fn answer(
        &self,
        answer: impl Fn(&OutboundRequest) -> Result<FetchResponse, FetchError> + Send + Sync + 'static,
    ) {
        *lock(&self.outbound.answer) = Arc::new(answer);
    }

    /// Answers outbound requests with this status and an empty body from now on.
    pub fn answer_status(&self, status: StatusCode) {
        self.answer(move |_| {
            Ok(FetchResponse {
                status,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            })
        });
    }

    /// The outbound requests since the last call, in order.
    pub fn take_sent(&self) -> Vec<OutboundRequest> {
        std::mem::take(&mut lock(&self.outbound.sent))
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.clock.0);
        *now = *now + by;
    }

    /// Runs every task that is due.
    pub async fn run_tasks(&self) -> Drained {
        self.service.run_due_tasks().await
    }

    /// Moves the clock to the next due task and runs what is due then, if there is a task.
    pub async fn run_next_task(&self) -> Option<Drained> {
        let due = self.run_tasks_due().await?;
        let now = self.context().clock().now();
        self.advance(due.since(now));
        Some(self.run_tasks().await)
    }

    async fn run_tasks_due(&self) -> Option<Timestamp> {
        let nothing = Budget {
            at_once: 1,
            attempts: 0,
            time: Duration::ZERO,
        };
        self.service.run_due_tasks_within(nothing).await.next_due
    }

    /// A request with any method.
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        TestRequest {
            app: self,
            request: axum::http::Request::builder().method(method).uri(path),
            body: Bytes::new(),
        }
    }

    /// A `GET` request; await it.
    pub fn get(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::GET, path)
    }

    /// A `POST` request; await it.
    pub fn post(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::POST, path)
    }

    /// A `DELETE` request; await it.
    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// A request being built; awaiting it sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct TestRequest<'a> {
    app: &'a TestApp,
    request: axum::http::request::Builder,
    body: Bytes,
}

impl TestRequest<'_> {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Adds `Authorization: Bearer token`.
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// The body as it is, without a content type.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The body as JSON text, with its content type.
    pub fn json(self, body: impl std::fmt::Display) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json")
            .body(body.to_string())
    }
}

impl<'a> IntoFuture for TestRequest<'a> {
    type Output = TestResponse;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = TestResponse> + 'a>>;

    #[expect(
        clippy::expect_used,
        reason = "a test that cannot make its request has failed"
    )]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request: Request = self.request.body(Body::from(self.body)).expect("a request");
            let response = self.app.service.handle(request).await;
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            TestResponse {
                status: parts.status,
                headers: parts.headers,
                body,
            }
        })
    }
}

/// An answer of the app under test.
#[derive(Debug, Clone)]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl TestResponse {
    /// The body as text, invalid UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it is not JSON; the message shows status and body.
    #[expect(
        clippy::panic,
        reason = "a test that cannot read its answer has failed"
    )]
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!(
                "the answer {} is not JSON ({error}): {}",
                self.status,
                self.text()
            ),
        }
    }

    /// A header's value, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
