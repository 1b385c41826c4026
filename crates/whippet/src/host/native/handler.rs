//! The entry of a native program: an HTTP/1.1 server with the task runner beside it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{Client, Runner, Sqlite, SystemClock, SystemEntropy, docs, log};
use crate::host::Host;
use crate::{App, AppError, Config, MigrateError, Service};

/// How often spans are exported.
const EXPORT_EVERY: Duration = Duration::from_secs(1);

/// Serves an app until the process is told to stop (interrupt or terminate), and finishes the requests that are under way.
///
/// `app` is given the process environment as configuration. The variables `PORT` (8787 unless set), `HOST` (127.0.0.1) and
/// `DATABASE` (a file, `app.db`) are the host's. Pending migrations are applied first. `ready` is called with the server's URL
/// once it accepts connections.
///
/// # Errors
///
/// When the configuration, the database or its migrations, or the address cannot be used.
pub async fn serve(
    app: impl FnOnce(&Config) -> Result<App, AppError>,
    ready: impl FnOnce(&str),
) -> Result<(), ServeError> {
    let config: Config = std::env::vars().collect();
    log::init(&config).map_err(AppError::from)?;
    let address = config.get("HOST").unwrap_or("127.0.0.1").to_owned();
    let port: u16 = config.parse("PORT", 8787).map_err(AppError::from)?;
    let database = config.get("DATABASE").unwrap_or("app.db").to_owned();

    let runner = Runner::default();
    let app = app(&config)?;
    let service = app.into_service(Host {
        name: "native",
        database: Arc::new(Sqlite::open(&database).map_err(ServeError::Database)?),
        http: Arc::new(Client::new().map_err(ServeError::Client)?),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        queue: Arc::new(runner.clone()),
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
    ready(&format!("http://{local}"));

    let tasks = tokio::spawn({
        let service = service.clone();
        async move { runner.run(service).await }
    });
    let exports = service.clone();
    let exporting = tokio::spawn(export(exports.clone()));
    let answer = axum::handler::HandlerWithoutStateExt::into_make_service(
        move |request: axum::extract::Request| {
            let service = service.clone();
            async move { service.handle(request).await }
        },
    );
    let served = axum::serve(listener, answer)
        .with_graceful_shutdown(told_to_stop())
        .await;
    tasks.abort();
    exporting.abort();
    exports.export_spans().await;
    served.map_err(bind)
}

/// Exports spans, once a second.
async fn export(service: Service) {
    while service.context().spans().are_wanted() {
        tokio::time::sleep(EXPORT_EVERY).await;
        service.export_spans().await;
    }
}

/// Completes on an interrupt or, where there are signals, on `SIGTERM`.
async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    if let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            () = interrupt => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    interrupt.await;
}

/// Why a native program cannot serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The app contradicts itself or its configuration cannot be used.
    App(AppError),
    /// The database cannot be opened.
    Database(super::OpenError),
    /// The schema cannot be brought up to date.
    Migrate(MigrateError),
    /// The client for outbound HTTP cannot be set up.
    Client(String),
    /// The address cannot be listened on.
    Bind(String, std::io::Error),
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Database(error) => error.fmt(f),
            Self::Migrate(error) => error.fmt(f),
            Self::Client(why) => write!(f, "outbound HTTP cannot be set up: {why}"),
            Self::Bind(address, error) => {
                write!(f, "cannot listen on {address}: {error}; set PORT and HOST")
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
