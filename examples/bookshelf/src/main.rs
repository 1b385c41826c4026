//! The native entry point. `bookshelf` serves the API. `bookshelf graphql` prints the schema and exits.

use std::process::ExitCode;

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> ExitCode {
    use std::io::Write;

    if std::env::args().nth(1).as_deref() == Some("graphql") {
        let sdl = whippet::graphql::sdl(bookshelf::schema);
        return match write!(std::io::stdout().lock(), "{sdl}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match whippet::native::serve(bookshelf::app, |_| ()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr().lock(), "bookshelf: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() -> ExitCode {
    // WebAssembly hosts load the library, and never run this program.
    ExitCode::FAILURE
}
