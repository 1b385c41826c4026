//! The native entry point. `relay` serves the API, and keeps the database in a file. `relay openapi` prints the OpenAPI
//! document and exits.

use std::io::Write;
use std::process::ExitCode;

#[cfg(not(target_arch = "wasm32"))]
use whippet::Config;

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("openapi") {
        return write_document();
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
    let document = relay::app(&Config::default()).map(|app| app.document());
    let written = document
        .map_err(|error| error.to_string())
        .and_then(|document| {
            writeln!(std::io::stdout().lock(), "{document:#}").map_err(|error| error.to_string())
        });
    match written {
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
