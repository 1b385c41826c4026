//! The native program. `relay` serves the API, and keeps the database in a file. `relay openapi` prints the OpenAPI
//! document, and `relay env` lists the variables.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    whippet::native::run::<relay::RelaySettings>(relay::app).await
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // WebAssembly hosts load the library (see the module `hosts`), and never run this program.
}
