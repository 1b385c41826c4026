//! Starts an app under test.

use std::sync::{Arc, Mutex};

use super::TestApp;
use super::blobs::MemoryBlobs;
use super::calls::Calls;
use super::clock::VirtualClock;
#[cfg(not(target_arch = "wasm32"))]
use super::contract::Contract;
use super::database::{self, MemoryDatabase, SharedConnection};
use super::exchange::{Check, Exchange};
use super::host::{NoWakeUp, READ_DOCS, Seeded};
use super::log::Capture;
use super::redact::Secrets;
use super::transcript::Transcript;
use crate::host::{Database, Host};
use crate::{App, AppError, Blobs, Config, Context, MigrateError, Timestamp};

/// 2026-01-01T00:00:00Z, in milliseconds.
const START: i64 = 1_767_225_600_000;

type Override = Box<dyn FnOnce(&Context) + Send>;
type WrapDatabase = Box<dyn FnOnce(Arc<dyn Database>) -> Arc<dyn Database> + Send>;

/// Configures how an app under test starts: see [`TestApp::builder`].
///
/// ```
/// use whippet::testing::TestApp;
/// use whippet::{App, health};
///
/// # whippet::testing::block_on(async {
/// let builder = TestApp::builder().variable("LOG_LEVEL", "debug").seed(7);
/// let app = builder.start(|_| Ok(health::routes(App::new()))).await;
/// app.get("/healthz").await.assert_status(200);
/// # });
/// ```
#[must_use = "the builder does nothing until `start` is called"]
pub struct TestAppBuilder {
    config: Config,
    seed: u64,
    now: Timestamp,
    migrates: bool,
    beside: Option<(SharedConnection, VirtualClock, Blobs)>,
    wrap: Option<WrapDatabase>,
    checks: Vec<Check>,
    overrides: Vec<Override>,
}

impl TestAppBuilder {
    pub(super) fn new() -> Self {
        Self {
            config: Config::default(),
            seed: 1,
            now: Timestamp::from_millis(START),
            migrates: true,
            beside: None,
            wrap: None,
            checks: Vec::new(),
            overrides: Vec::new(),
        }
    }

    /// Sets the configuration.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Adds a variable to the configuration.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        let variables = self.config.iter().chain([(name, value)]);
        self.config = variables.collect();
        self
    }

    /// Sets the seed of [`Random`](crate::Random), 1 by default. The same seed always gives the same bytes.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the initial time, 2026-01-01T00:00:00Z by default.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Starts the app on an empty database, without applying migrations.
    pub fn unmigrated(mut self) -> Self {
        self.migrates = false;
        self
    }

    /// Shares the database, the object storage and the clock of another app. With a shared database, a test can run
    /// several processes, or two versions of a program.
    pub fn sharing_database_with(mut self, other: &TestApp) -> Self {
        let blobs = other.context().blobs();
        self.beside = Some((Arc::clone(&other.database), other.clock.clone(), blobs));
        self
    }

    /// Gives the app a separate clock, which starts at the initial time of this builder. To test processes whose clocks
    /// differ, call `with_own_clock` after [`sharing_database_with`](Self::sharing_database_with).
    pub fn with_own_clock(mut self) -> Self {
        let clock = VirtualClock::new(self.now);
        if let Some((_, shared, _)) = &mut self.beside {
            *shared = clock;
        }
        self
    }

    /// Wraps the database, for example to make statements fail or wait.
    pub fn database(
        mut self,
        wrap: impl FnOnce(Arc<dyn Database>) -> Arc<dyn Database> + Send + 'static,
    ) -> Self {
        self.wrap = Some(Box::new(wrap));
        self
    }

    /// Overrides a dependency: see [`TestApp::with`].
    pub fn with<D: Clone + Send + Sync + 'static>(mut self, dependency: D) -> Self {
        let set = move |context: &Context| context.override_dependency(dependency);
        self.overrides.push(Box::new(set));
        self
    }

    /// Adds a check of every request and its response. If the check returns an error, the test fails.
    ///
    /// ```
    /// use whippet::testing::{Exchange, TestApp};
    /// use whippet::{App, health};
    ///
    /// fn has_an_id(exchange: &Exchange<'_>) -> Result<(), String> {
    ///     let id = exchange.response.header("x-request-id");
    ///     if id.is_empty() { Err("a response has no id".to_owned()) } else { Ok(()) }
    /// }
    ///
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::builder().check(has_an_id).start(|_| Ok(health::routes(App::new()))).await;
    /// app.get("/healthz").await.assert_status(200);
    /// # });
    /// ```
    pub fn check(
        mut self,
        check: impl Fn(&Exchange<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Box::new(check));
        self
    }

    /// Starts the app.
    ///
    /// # Panics
    ///
    /// Panics if the app or its configuration is not valid or a migration fails.
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the app does not start"
    )]
    pub async fn start(self, app: impl FnOnce(&Config) -> Result<App, AppError>) -> TestApp {
        match self.try_start(app).await {
            Ok(app) => app,
            Err(error) => panic!("the app does not start: {error}"),
        }
    }

    /// Starts the app, or returns why it does not start.
    ///
    /// # Errors
    ///
    /// Returns an error if the app or its configuration is not valid or a migration fails.
    pub async fn try_start(
        self,
        app: impl FnOnce(&Config) -> Result<App, AppError>,
    ) -> Result<TestApp, StartError> {
        let migrates = self.migrates;
        let app = self.build(app)?;
        if migrates {
            let migrating = app.service.migrate();
            app.capture.captured(migrating).await?;
            app.transcript.clear();
        }
        Ok(app)
    }

    pub(super) fn build(
        self,
        app: impl FnOnce(&Config) -> Result<App, AppError>,
    ) -> Result<TestApp, StartError> {
        let transcript = Arc::new(Transcript::new(self.seed, Secrets::of(&self.config)));
        super::transcript::print_on_panic(&transcript);
        let (shared, clock, blobs) = match self.beside {
            Some(beside) => beside,
            None => {
                let clock = VirtualClock::new(self.now);
                let blobs = Blobs::new(Arc::new(MemoryBlobs::new(clock.clone())));
                let database = database::open().map_err(StartError::Database)?;
                (database, clock, blobs)
            }
        };
        let calls = Calls::new(clock.clone(), Arc::clone(&transcript));
        let capture = Capture::new(&self.config, clock.clone(), Arc::clone(&transcript));
        let database = MemoryDatabase::new(Arc::clone(&shared), Arc::clone(&transcript));
        let database: Arc<dyn Database> = Arc::new(database);
        let host = Host {
            name: "test",
            config: self.config.clone(),
            database: match self.wrap {
                Some(wrap) => wrap(database),
                None => database,
            },
            http: Arc::new(calls.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(Seeded::new(self.seed)),
            wake_up: Arc::new(NoWakeUp),
            docs: READ_DOCS,
        };
        let app = app(&self.config)?;
        let checks = self.checks.into_iter();
        #[cfg(not(target_arch = "wasm32"))]
        let checks = checks.chain([Contract::new(app.operations()).into_check()]);
        let checks = checks.collect();
        let service = app.into_service(host)?;
        service.context().override_dependency(blobs);
        for set in self.overrides {
            set(service.context());
        }
        Ok(TestApp {
            service,
            database: shared,
            clock,
            transcript,
            capture,
            running: Mutex::default(),
            calls,
            checks,
        })
    }
}

impl std::fmt::Debug for TestAppBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestAppBuilder")
            .field("config", &self.config)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// The reason why an app under test does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The app or its configuration is not valid.
    App(AppError),
    /// A migration fails.
    Migrate(MigrateError),
    /// The in-memory database cannot be opened.
    Database(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Migrate(error) => error.fmt(f),
            Self::Database(why) => write!(f, "the in-memory database cannot be opened: {why}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<AppError> for StartError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<MigrateError> for StartError {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}
