//! `spin-host` runs a Spin application's HTTP component, for tests on machines without `spin`.

mod allowed_hosts;
mod app;
mod args;
mod bindings;
mod blocked_networks;
mod database;
mod engine;
mod files;
mod guest;
mod instances;
mod manifest;
mod outbound;
mod runtime_config;
mod server;
mod sqlite;
mod stdio;
mod variables;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use wasmtime_wasi_http::handler::ProxyHandler;

use app::App;
use args::{Command, Up};
use instances::Instances;
use manifest::Manifest;
use runtime_config::RuntimeConfig;

fn main() -> ExitCode {
    let result = match args::parse(lexopt::Parser::from_env(), |name| std::env::var_os(name)) {
        Ok(Command::Up(options)) => up(options),
        Ok(Command::Help) => print(args::HELP),
        Ok(Command::Version) => print(concat!("spin-host ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(error) => {
            eprintln!("error: {error:#}; see `spin-host --help`");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves the application until SIGINT or SIGTERM.
fn up(options: Up) -> Result<()> {
    let mut file = options.from;
    if file.is_dir() {
        file.push("spin.toml");
    }
    let directory = file.parent().unwrap_or(Path::new(""));
    let manifest = Manifest::load(&file)?;
    let config = RuntimeConfig::load(options.runtime_config.as_deref())?;
    let state_dir = options.state_dir.unwrap_or_else(|| directory.join(".spin"));
    let copied = files::copy(&manifest.component.files, directory)?;
    let files = copied.as_ref().map(TempDir::path);
    let instances = Instances {
        app: Arc::new(App::new(&manifest, config, &state_dir, files)?),
        component: engine::load(&directory.join(&manifest.component.source))?,
        reuse: options.reuse,
    };

    let workers = runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = workers
        .block_on(TcpListener::bind(options.listen))
        .with_context(|| {
            let address = options.listen;
            format!("cannot listen on {address}; choose another address with --listen")
        })?;
    print(&format!("Serving http://{}\n", listener.local_addr()?))?;
    workers.spawn(server::serve(listener, ProxyHandler::new(instances)));
    let result = wait_for_signal();
    // The runtime is not dropped, because dropping it would wait for running SQL statements and for guests that do not
    // yield.
    std::mem::forget(workers);
    result
}

/// Waits for SIGINT or SIGTERM on a separate runtime, because guests that do not yield can block every worker thread.
fn wait_for_signal() -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}
