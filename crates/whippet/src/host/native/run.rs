//! The native program of an app.

use std::io::{self, Write};
use std::process::ExitCode;

use super::handler::environment;
use super::serve;
use crate::settings::{VARIABLES, list};
use crate::{App, AppError, Config, Settings};

/// Runs an app as a native program. `S` is the type of the app's settings. The first argument of the program is a
/// command:
///
/// | command | what the program does |
/// |---|---|
/// | none | [serves](serve) the app, and logs `ready` with the URL |
/// | `openapi` | prints the OpenAPI document, which `openapi!` embeds in a WebAssembly program. If the app needs variables, they must be set |
/// | `env` | prints the variables of the app and of Whippet, for `whippet env` |
///
/// `S` is `()` for an app without settings. An error is printed to standard error, and makes the program fail.
///
/// ```no_run
/// use whippet::{App, AppError, Config, Settings, State, get, routes};
///
/// /// The settings of the shop.
/// #[derive(Settings)]
/// struct Shop {
///     /// The address for questions.
///     contact: Option<String>,
/// }
///
/// #[get("/contact")]
/// async fn contact(shop: State<Shop>) -> String {
///     shop.contact.clone().unwrap_or_default()
/// }
///
/// fn app(config: &Config) -> Result<App, AppError> {
///     Ok(App::new().state(Shop::from_config(config)?).routes(routes![contact]))
/// }
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     whippet::native::run::<Shop>(app).await
/// }
/// ```
pub async fn run<S: Settings>(app: fn(&Config) -> Result<App, AppError>) -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        None => serve(app, |url| tracing::info!(url, "ready"))
            .await
            .map_err(|error| error.to_string()),
        // Try to build the app without variables first, so that the document does not depend on the machine.
        Some("openapi") => app(&Config::default())
            .or_else(|_| app(&environment().0))
            .map_err(|error| error.to_string())
            .and_then(|app| print(&format!("{:#}\n", app.document()))),
        Some("env") => print(&list(&[&S::variables(), VARIABLES].concat())),
        Some(other) => Err(format!(
            "{other:?} is not a command: run the program without an argument, or with `openapi` or `env`"
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the error cannot be printed anywhere.
            drop(writeln!(io::stderr().lock(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Result<(), String> {
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.map_err(|error| format!("standard output: {error}"))
}
