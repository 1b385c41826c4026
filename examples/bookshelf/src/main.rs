//! The native entry point. `bookshelf` serves the API. `bookshelf graphql` prints the schema and exits.

use std::process::ExitCode;

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
    whippet::native::run::<()>(bookshelf::app).await
}
