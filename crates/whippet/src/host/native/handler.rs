//! The entry point of a native program, which runs the HTTP server and the task runner.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::server::{Limits, Server, Signals, shutdown};
use super::{
    BlobFolder, Client, Runner, Sqlite, SqliteOptions, SystemClock, SystemEntropy, docs, log,
};
use crate::host::{Host, WakeUp};
use crate::{App, AppError, Config, MigrateError, Service, telemetry};

/// Before the process ends, it hands back tasks, and then moves the write-ahead log into the database file. Each of
/// these two steps has this time limit.
const CHECKPOINT_TIME: Duration = Duration::from_secs(2);

/// The interval at which trace spans are exported.
const EXPORT_EVERY: Duration = Duration::from_secs(1);

/// Serves an app over HTTP/1.1 and HTTP/2 until the process gets `SIGINT` or `SIGTERM`.
///
/// Reads the configuration from the process environment and passes it to `app`. The host reads these variables:
///
/// - `PORT` and `HOST`: the address of the server. By default, the port is 8787 and the host is 127.0.0.1.
/// - `DATABASE`: the database file, by default `app.db`.
/// - `DATABASE_SYNCHRONOUS` and `DATABASE_READERS`: see [`SqliteOptions`].
/// - `BLOBS`: the folder of [`Blobs`](crate::Blobs), by default `blobs`.
/// - `TLS_CERT` and `TLS_KEY`: PEM files. Without them, the server speaks plain HTTP.
/// - The limits of the server, which `docs/OPERATIONS.md` lists.
///
/// Applies pending migrations and then starts the server. Calls `ready` with the server's URL once the server accepts
/// connections.
///
/// After the signal to stop, `/readyz` responds 503, no further task is claimed, and WebSockets and event streams are
/// closed. Requests and task attempts in flight have `SHUTDOWN_TIMEOUT` (25 s by default) to finish. A second signal to
/// stop aborts these requests and attempts immediately.
///
/// # Errors
///
/// Returns an error if the configuration or the app is not valid, the database cannot be opened, a migration fails, or
/// the server cannot listen on the address.
pub async fn serve(
    app: impl FnOnce(&Config) -> Result<App, AppError>,
    ready: impl FnOnce(&str),
) -> Result<(), ServeError> {
    let mut signals = Signals::listen();
    let (config, ignored) = environment();
    log::init(&config).map_err(AppError::from)?;
    for variable in ignored {
        tracing::warn!(
            variable,
            "an environment variable is ignored: its value is not UTF-8"
        );
    }
    let address = config.get("HOST").unwrap_or("127.0.0.1").to_owned();
    let port: u16 = config.parse("PORT", 8787).map_err(AppError::from)?;
    let database = config.get("DATABASE").unwrap_or("app.db");
    let options = SqliteOptions::from_config(&config).map_err(AppError::from)?;
    let database = Sqlite::open_with(database, options).map_err(ServeError::Database)?;
    if let Err(error) = BlobFolder::from_config(&config).delete_abandoned() {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(
            error,
            "temporary files of the object storage were not deleted"
        );
    }
    let limits = Limits::from_config(&config).map_err(AppError::from)?;
    let shutdown_timeout = limits.shutdown;
    let (start_shutdown, shutdown) = shutdown();
    let server = Server::new(&config, limits, shutdown).map_err(AppError::from)?;

    let runner = Runner::default();
    let app = app(&config)?;
    let service = app.into_service(Host {
        name: "native",
        database: Arc::new(database.clone()),
        http: Arc::new(Client::new().map_err(ServeError::Client)?),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up: Arc::new(runner.clone()),
        docs: Some(docs::read),
        config,
    })?;
    for name in service.migrate().await? {
        tracing::info!(migration = name, "migration applied");
    }

    let bind = |error| ServeError::Bind(format!("{address}:{port}"), error);
    let listener = TcpListener::bind((address.as_str(), port))
        .await
        .map_err(bind)?;
    let local = listener.local_addr().map_err(bind)?;
    ready(&format!("{}://{local}", server.scheme()));

    let exporting = tokio::spawn(export(service.clone()));
    let mut tasks = tokio::spawn({
        let (runner, service) = (runner.clone(), service.clone());
        async move { runner.run(service).await }
    });
    let finished = async {
        server.run(listener, service.clone()).await;
        // Joining the task runner fails only if the runner panicked. The error is ignored, because Rust has already
        // printed the panic.
        drop((&mut tasks).await);
    };
    let stopped = async {
        signals.next().await;
        tracing::info!("shutting down");
        service.start_shutdown();
        start_shutdown.start();
        runner.wake(Duration::ZERO).await;
        tokio::select! {
            () = signals.next() => "a second signal",
            () = tokio::time::sleep(shutdown_timeout) => "SHUTDOWN_TIMEOUT",
        }
    };
    tokio::select! {
        () = finished => {}
        cause = stopped => {
            tracing::warn!(cause, "requests or task attempts in flight were aborted");
        }
    }
    exporting.abort();
    if !tasks.is_finished() {
        tasks.abort();
        // Wait until the task runner has dropped its attempts. The error that reports the abort is ignored.
        drop(tasks.await);
    }
    hand_back(&service).await;
    // The result is ignored. If the checkpoint fails or another process uses the database, the write-ahead log remains
    // next to the database file.
    drop(tokio::time::timeout(CHECKPOINT_TIME, database.checkpoint()).await);
    telemetry::export_spans(service.context()).await;
    Ok(())
}

/// Hands back the tasks of aborted attempts. These tasks are then due immediately, so the next process does not have to
/// wait until the leases end.
async fn hand_back(service: &Service) {
    match tokio::time::timeout(CHECKPOINT_TIME, service.hand_back_tasks()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(count)) => tracing::info!(count, "tasks of aborted attempts were handed back"),
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "tasks of aborted attempts were not handed back");
        }
        Err(_) => tracing::error!("handing back the tasks of aborted attempts took too long"),
    }
}

/// Reads the environment of the process. Also returns the names of the variables that are skipped because their values
/// are not UTF-8.
pub(super) fn environment() -> (Config, Vec<String>) {
    let mut ignored = Vec::new();
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        match value.into_string() {
            Ok(value) => Some((name, value)),
            Err(_) => {
                ignored.push(name);
                None
            }
        }
    });
    let config = variables.collect();
    (config, ignored)
}

/// Exports trace spans once a second.
async fn export(service: Service) {
    while service.context().span_exporter().is_enabled() {
        tokio::time::sleep(EXPORT_EVERY).await;
        service.export_spans().await;
    }
}

/// The reason why a native program cannot serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The app or its configuration is not valid.
    App(AppError),
    /// The database cannot be opened.
    Database(super::OpenError),
    /// The pending migrations cannot be applied.
    Migrate(MigrateError),
    /// The client for outbound HTTP cannot be created.
    Client(String),
    /// The server cannot listen on the address.
    Bind(String, std::io::Error),
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Database(error) => error.fmt(f),
            Self::Migrate(error) => error.fmt(f),
            Self::Client(why) => write!(f, "the client for outbound HTTP cannot be created: {why}"),
            Self::Bind(address, error) => {
                write!(
                    f,
                    "cannot listen on {address}: {error}; choose another address with HOST and PORT"
                )
            }
        }
    }
}

impl std::error::Error for ServeError {}

impl From<AppError> for ServeError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<MigrateError> for ServeError {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}
