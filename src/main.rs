//! The native entry point. `relay` serves the API, and keeps the database in a file. `relay openapi` prints the OpenAPI
//! document and exits. `relay env` lists the variables and exits.

use std::io::Write;
use std::process::ExitCode;

#[cfg(not(target_arch = "wasm32"))]
use relay::RelaySettings;
#[cfg(not(target_arch = "wasm32"))]
use whippet::{Config, Settings};

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("openapi") => return write_document(),
        Some("env") => return write(&RelaySettings::describe()),
        _ => {}
    }
    let ready = |url: &str| tracing::info!(url, "Relay is ready");
    match whippet::native::serve(relay::app, ready).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr().lock(), "relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints the OpenAPI document, which `make openapi` writes to `openapi.json`.
#[cfg(not(target_arch = "wasm32"))]
fn write_document() -> ExitCode {
    match relay::app(&Config::default()) {
        Ok(app) => write(&format!("{:#}\n", app.document())),
        Err(error) => {
            drop(writeln!(std::io::stderr().lock(), "relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn write(text: &str) -> ExitCode {
    match write!(std::io::stdout().lock(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr().lock(), "relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() -> ExitCode {
    // WebAssembly hosts load the library (see the module `hosts`), and never run this program.
    ExitCode::FAILURE
}
