//! The app under test.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde::de::DeserializeOwned;

use super::calls::Calls;
use super::clock::VirtualClock;
use super::database::Shared;
use super::exchange::{Check, Exchange};
use super::lock;
use super::log::{Capture, Logs};
use super::time::Running;
use super::transcript::{Entry, Transcript};
use super::{Call, Expectation, TaskRow, TestAppBuilder, TestRequest, TestResponse, tasks};
use crate::host::OutboundRequest;
use crate::migrate::split;
use crate::{
    App, AppError, AssertSqlSafe, Config, Context, FetchError, FetchResponse, Service, Statement,
    query,
};

/// An app under test, on a database of its own.
pub struct TestApp {
    pub(super) service: Service,
    pub(super) database: Shared,
    pub(super) clock: VirtualClock,
    pub(super) transcript: Arc<Transcript>,
    pub(super) capture: Capture,
    pub(super) running: Mutex<Running>,
    pub(super) calls: Calls,
    pub(super) checks: Vec<Check>,
}

impl TestApp {
    /// The app without configuration, migrated.
    ///
    /// # Panics
    ///
    /// When the app or its migrations contradict themselves.
    pub async fn new(app: impl FnOnce(&Config) -> Result<App, AppError>) -> Self {
        Self::builder().start(app).await
    }

    /// The app with this configuration, migrated.
    ///
    /// # Panics
    ///
    /// When the app, its configuration or its migrations contradict themselves.
    pub async fn with_config(
        config: Config,
        app: impl FnOnce(&Config) -> Result<App, AppError>,
    ) -> Self {
        Self::builder().config(config).start(app).await
    }

    /// Says more about how the app is started: its configuration, the seed of its randomness, checks of every answer.
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder::new()
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
    /// That holds for extractors that ask [`Context::overridden`] first.
    #[must_use]
    pub fn with<D: Clone + Send + Sync + 'static>(self, dependency: D) -> Self {
        self.context().override_dependency(dependency);
        self
    }

    /// Expects an outbound call, once, and answers it with 200, unless the [`Expectation`] says otherwise.
    ///
    /// An outbound call that no expectation fits, and that no [`answer`](Self::answer) is there for, fails the test. So does
    /// an expectation that is not met when the app is dropped.
    ///
    /// ```
    /// use whippet::routing::post;
    /// use whippet::testing::{Call, TestApp};
    /// use whippet::{App, Fetch, Problem};
    ///
    /// async fn tell(fetch: Fetch) -> Result<String, Problem> {
    ///     let answer = fetch.post("https://hook.example/in").body("{\"n\": 1}").send().await;
    ///     answer.map(|answer| answer.status.to_string()).map_err(Problem::internal)
    /// }
    ///
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::new(|_| Ok(App::new().route("/tell", post(tell)))).await;
    /// let call = Call::post("https://hook.example/in").json(&serde_json::json!({"n": 1}));
    /// app.expect(call).reply(503).times(2);
    /// assert_eq!(app.post("/tell").await.text(), "503 Service Unavailable");
    /// app.post("/tell").await.assert_status(200);
    /// # });
    /// ```
    pub fn expect(&self, call: Call) -> Expectation {
        self.calls.expect(call)
    }

    /// Answers outbound requests that no expectation fits from now on.
    pub fn respond(
        &self,
        answer: impl Fn(&OutboundRequest) -> Result<FetchResponse, FetchError> + Send + Sync + 'static,
    ) {
        self.calls.respond(Arc::new(answer));
    }

    /// Answers outbound requests that no expectation fits with this status and an empty body from now on.
    pub fn respond_status(&self, status: StatusCode) {
        self.respond(move |_| {
            Ok(FetchResponse {
                status,
                headers: HeaderMap::new(),
                body: Bytes::new(),
            })
        });
    }

    /// The outbound requests since the last call, in order.
    pub fn take_sent(&self) -> Vec<OutboundRequest> {
        self.calls.take_sent()
    }

    /// The tasks in the outbox, those due first first.
    ///
    /// # Panics
    ///
    /// When the outbox cannot be read.
    #[expect(
        clippy::expect_used,
        reason = "a test that cannot read the outbox has failed"
    )]
    pub async fn tasks(&self) -> Vec<TaskRow> {
        let tasks = tasks::read(self.context()).await;
        tasks.expect("the tasks of the outbox")
    }

    /// The log lines since the app was started. There are none where the test has set up a log of its own around the app.
    pub fn logs(&self) -> Logs {
        Logs::parse(self.transcript.pick(|entry| match entry {
            Entry::Log(line) => Some(line.clone()),
            _ => None,
        }))
    }

    /// The statements that the database has run since the app was started.
    pub fn statements(&self) -> Vec<Statement> {
        let runs = self.transcript.pick(|entry| match entry {
            Entry::Sql(statements, _) => Some(statements.clone()),
            _ => None,
        });
        runs.concat()
    }

    /// Runs SQL on the database, any number of statements: `app.sql(include_str!("acme.sql"))` sets up a fixture.
    ///
    /// # Panics
    ///
    /// When a statement fails.
    #[expect(
        clippy::panic,
        reason = "a test whose fixture cannot be set up has failed"
    )]
    pub async fn sql(&self, script: &str) {
        for statement in split(script) {
            let query = query(AssertSqlSafe(statement.to_owned()));
            if let Err(error) = query.execute(&self.context().db()).await {
                panic!("{error}: {statement}");
            }
        }
    }

    /// The first row of a query, as `T`.
    ///
    /// # Panics
    ///
    /// When the query fails or has no row, or the row does not fit.
    #[expect(
        clippy::panic,
        reason = "a test that cannot read the database has failed"
    )]
    pub async fn row<T: DeserializeOwned>(&self, sql: &str) -> T {
        let row = query(AssertSqlSafe(sql.to_owned()));
        match row.fetch_one(&self.context().db()).await {
            Ok(row) => row,
            Err(error) => panic!("{error}: {sql}"),
        }
    }

    /// A request with any method; await it.
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        TestRequest {
            app: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
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

    /// A `PUT` request; await it.
    pub fn put(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PUT, path)
    }

    /// A `PATCH` request; await it.
    pub fn patch(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE` request; await it.
    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }

    #[expect(
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot make its request, or read the answer, has failed"
    )]
    pub(super) async fn send(&self, asked: TestRequest<'_>) -> TestResponse {
        let line = format!("{} {}", asked.method, asked.path);
        let request = Request::builder().method(&asked.method).uri(&asked.path);
        let Ok(mut request) = request.body(Body::from(asked.body.clone())) else {
            panic!("{line} cannot be a request");
        };
        request.headers_mut().extend(asked.headers);
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        let noted = Entry::Asked(line.clone(), headers.clone(), asked.body.clone());
        self.transcript.add(noted);
        let whole = async {
            let (parts, body) = self.service.handle(request).await.into_parts();
            (parts, to_bytes(body, usize::MAX).await.expect("a body"))
        };
        let (parts, body) = self.capture.captured(whole).await;
        let status = format!("{} to {line}", parts.status);
        self.transcript
            .add(Entry::Answered(status, parts.headers.clone(), body.clone()));
        let answer = TestResponse {
            status: parts.status,
            headers: parts.headers,
            body,
            asked: line,
        };
        let exchange = Exchange {
            method: &asked.method,
            uri: &uri,
            headers: &headers,
            body: &asked.body,
            answer: &answer,
        };
        for check in &self.checks {
            if let Err(why) = check(&exchange) {
                panic!("{}: {why}", answer.asked);
            }
        }
        self.refuse_unexpected();
        answer
    }

    /// Fails the test when a call went out that it does not expect.
    #[expect(clippy::panic, reason = "a call that is not expected fails the test")]
    pub(super) fn refuse_unexpected(&self) {
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
        let mut wrong = self.calls.unmet();
        let unexpected = self.calls.take_unexpected().into_iter();
        wrong.extend(unexpected.map(|call| format!("the test does not expect {call}")));
        let leak = self.transcript.leak().into_iter();
        wrong.extend(leak.map(|line| format!("a log line shows a secret, redacted here: {line}")));
        drop(std::mem::take(&mut *lock(&self.running)));
        if !wrong.is_empty() {
            // A browser's tests print on every panic; see `print_on_panic`.
            #[cfg(not(target_arch = "wasm32"))]
            eprintln!("{}", self.transcript);
            panic!("{}", wrong.join("; "));
        }
    }
}
