//! The native program. `relay` serves the API, and keeps the database in a file. `relay openapi` prints the OpenAPI
//! document, and `relay env` lists the variables. With the feature `graphql`, `relay graphql` prints the GraphQL schema.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    #[cfg(feature = "graphql")]
    if std::env::args().nth(1).as_deref() == Some("graphql") {
        return print_schema();
    }
    whippet::native::run::<relay::RelaySettings>(relay::app).await
}

#[cfg(all(feature = "graphql", not(target_arch = "wasm32")))]
fn print_schema() -> std::process::ExitCode {
    use std::io::Write;

    let schema = whippet::graphql::sdl(relay::graphql::schema);
    match write!(std::io::stdout().lock(), "{schema}") {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // WebAssembly hosts load the library (see the module `hosts`), and never run this program.
}
