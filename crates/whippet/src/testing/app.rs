//! The app under test.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use whippet_migrations::statements;

use super::calls::Calls;
use super::clock::VirtualClock;
use super::database::SharedConnection;
use super::exchange::Check;
use super::lock;
use super::log::{Capture, Logs};
use super::time::Running;
use super::transcript::{Entry, Transcript};
use super::{Call, Expectation, TaskRow, TestAppBuilder, TestRequest, tasks};
use crate::host::OutboundRequest;
use crate::{
    App, AppError, AssertSqlSafe, Config, Context, FetchError, FetchResponse, Service, Statement,
    query,
};

/// An app under test, with its own in-memory database.
pub struct TestApp {
    pub(super) service: Service,
    pub(super) database: SharedConnection,
    pub(super) clock: VirtualClock,
    pub(super) transcript: Arc<Transcript>,
    pub(super) capture: Capture,
    pub(super) running: Mutex<Running>,
    pub(super) calls: Calls,
    pub(super) checks: Vec<Check>,
}

impl TestApp {
    /// Starts the app without configuration, and applies its migrations.
    ///
    /// # Panics
    ///
    /// Panics if the app is not valid or a migration fails.
    pub async fn new(app: impl FnOnce(&Config) -> Result<App, AppError>) -> Self {
        Self::builder().start(app).await
    }

    /// Starts the app with this configuration, and applies its migrations.
    ///
    /// # Panics
    ///
    /// Panics if the app or its configuration is not valid or a migration fails.
    pub async fn with_config(
        config: Config,
        app: impl FnOnce(&Config) -> Result<App, AppError>,
    ) -> Self {
        Self::builder().config(config).start(app).await
    }

    /// Returns a builder. It can set the app's configuration and random seed, add a check of every response, and more.
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder::new()
    }

    /// Returns the service under test.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Returns the context of the app, with the services of the test host.
    pub fn context(&self) -> &Context {
        self.service.context()
    }

    /// Overrides a dependency. From now on, handlers and tasks get a clone of `dependency` for each argument of type
    /// `D`.
    ///
    /// A dependency can be overridden only if its extractor first calls [`Context::overridden`].
    #[must_use]
    pub fn with<D: Clone + Send + Sync + 'static>(self, dependency: D) -> Self {
        self.context().override_dependency(dependency);
        self
    }

    /// Expects one outbound call, and responds to it with 200. The returned [`Expectation`] can change the number of
    /// calls and the response.
    ///
    /// The test fails if an outbound call matches no expectation, unless [`respond`](Self::respond) sets a response.
    /// The test also fails if an expectation is not met when the app is dropped.
    ///
    /// ```
    /// use whippet::routing::post;
    /// use whippet::testing::{Call, TestApp};
    /// use whippet::{App, Fetch, Problem};
    ///
    /// async fn notify(fetch: Fetch) -> Result<String, Problem> {
    ///     let response = fetch.post("https://hook.example/in").body("{\"n\": 1}").send().await;
    ///     response.map(|response| response.status.to_string()).map_err(Problem::internal)
    /// }
    ///
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::new(|_| Ok(App::new().route("/notify", post(notify)))).await;
    /// let call = Call::post("https://hook.example/in").json(&serde_json::json!({"n": 1}));
    /// app.expect(call).reply(503).times(2);
    /// assert_eq!(app.post("/notify").await.text(), "503 Service Unavailable");
    /// app.post("/notify").await.assert_status(200);
    /// # });
    /// ```
    pub fn expect(&self, call: Call) -> Expectation {
        self.calls.expect(call)
    }

    /// From now on, calls `responder` to get the response to each outbound request that matches no expectation.
    pub fn respond(
        &self,
        responder: impl Fn(&OutboundRequest) -> Result<FetchResponse, FetchError>
        + Send
        + Sync
        + 'static,
    ) {
        self.calls.respond(Arc::new(responder));
    }

    /// From now on, an outbound request that matches no expectation gets a response with this status and an empty body.
    pub fn respond_status(&self, status: StatusCode) {
        self.respond(move |_| {
            Ok(FetchResponse {
                status,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            })
        });
    }

    /// Returns the outbound requests that were sent since the last call of `take_sent`, in order.
    pub fn take_sent(&self) -> Vec<OutboundRequest> {
        self.calls.take_sent()
    }

    /// Returns the tasks in the outbox, in the order in which they are due.
    ///
    /// # Panics
    ///
    /// Panics if the outbox cannot be read.
    #[expect(
        clippy::expect_used,
        reason = "the test fails with a panic if the outbox cannot be read"
    )]
    pub async fn tasks(&self) -> Vec<TaskRow> {
        let tasks = tasks::read(self.context()).await;
        tasks.expect("the outbox can be read")
    }

    /// Returns the log lines since the app was started. The list of log lines is empty if the test has set its own
    /// tracing subscriber.
    pub fn logs(&self) -> Logs {
        Logs::parse(self.transcript.pick(|entry| match entry {
            Entry::Log(line) => Some(line.clone()),
            _ => None,
        }))
    }

    /// Returns the statements that the database has run since the app was started.
    pub fn statements(&self) -> Vec<Statement> {
        let runs = self.transcript.pick(|entry| match entry {
            Entry::Sql(statements, _) => Some(statements.clone()),
            _ => None,
        });
        runs.concat()
    }

    /// Returns how often the app has called the database since the app was started. On D1, each call is a round trip: a
    /// query, or a batch of queries.
    pub fn round_trips(&self) -> usize {
        let calls = self.transcript.pick(|entry| match entry {
            Entry::Sql(..) => Some(()),
            _ => None,
        });
        calls.len()
    }

    /// Runs an SQL script, for example to set up a fixture: `app.sql(include_str!("acme.sql"))`.
    ///
    /// # Panics
    ///
    /// Panics if a statement fails.
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if a statement fails"
    )]
    pub async fn sql(&self, script: &str) {
        for statement in statements(script) {
            let sql = statement.sql;
            let query = query(AssertSqlSafe(sql.to_owned()));
            if let Err(error) = query.execute(&self.context().db()).await {
                panic!("{error}: {sql}");
            }
        }
    }

    /// Returns the first row of a query, as `T`.
    ///
    /// # Panics
    ///
    /// Panics if the query fails or has no row, or the row cannot be read as `T`.
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the row cannot be read"
    )]
    pub async fn row<T: DeserializeOwned>(&self, sql: &str) -> T {
        let row = query(AssertSqlSafe(sql.to_owned()));
        match row.fetch_one(&self.context().db()).await {
            Ok(row) => row,
            Err(error) => panic!("{error}: {sql}"),
        }
    }

    /// Builds a request with this method. Awaiting the builder sends the request.
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        TestRequest {
            app: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Builds a `GET` request. Awaiting the builder sends the request.
    pub fn get(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::GET, path)
    }

    /// Builds a `POST` request. Awaiting the builder sends the request.
    pub fn post(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::POST, path)
    }

    /// Builds a `PUT` request. Awaiting the builder sends the request.
    pub fn put(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PUT, path)
    }

    /// Builds a `PATCH` request. Awaiting the builder sends the request.
    pub fn patch(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PATCH, path)
    }

    /// Builds a `DELETE` request. Awaiting the builder sends the request.
    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }

    /// Fails the test if the app made an outbound call that the test does not expect.
    #[expect(clippy::panic, reason = "an unexpected call fails the test")]
    pub(super) fn fail_on_unexpected_calls(&self) {
        let calls = self.calls.take_unexpected();
        if !calls.is_empty() {
            panic!("the test does not expect {}", calls.join(", "));
        }
    }
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestApp")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl Drop for TestApp {
    #[expect(
        clippy::panic,
        reason = "an expectation that is not met fails the test"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.transcript);
            return;
        }
        let mut errors = self.calls.unmet();
        let unexpected = self.calls.take_unexpected().into_iter();
        errors.extend(unexpected.map(|call| format!("the test does not expect {call}")));
        let leak = self.transcript.leak().into_iter();
        errors.extend(leak.map(|line| format!("a log line shows a secret, redacted here: {line}")));
        drop(std::mem::take(&mut *lock(&self.running)));
        if !errors.is_empty() {
            // In a browser, `print_on_panic` prints the transcript instead.
            #[cfg(not(target_arch = "wasm32"))]
            eprintln!("{}", self.transcript);
            panic!("{}", errors.join("; "));
        }
    }
}
