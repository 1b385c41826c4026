//! Every route and task of Relay.

use std::time::Duration;

use whippet::openapi::Info;
use whippet::{App, AppError, Config, Retry, health, migrations, openapi, routes, tasks::task};

use crate::{application, attempt, deliver, endpoint, message};

/// The delays after a failed attempt, unless the variable `RELAY_RETRY_SCHEDULE` says otherwise: those of Svix.
const RETRY_SCHEDULE: &str = "5s 5m 30m 2h 5h 10h 10h";

/// How long an attempt may take: the request's own limit, and time for the database.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(25);

/// Relay with this configuration.
///
/// # Errors
///
/// When a variable cannot be used; the error names it.
pub fn app(config: &Config) -> Result<App, AppError> {
    let default: Retry = RETRY_SCHEDULE.parse()?;
    let retry = config.parse("RELAY_RETRY_SCHEDULE", default)?;
    config.flag(deliver::ALLOW_PRIVATE_TARGETS)?;

    let app = App::new()
        .migrations(migrations!("migrations"))
        .task(task(deliver::deliver).retry(retry).timeout(ATTEMPT_TIMEOUT))
        .openapi(document())
        .routes(routes![
            application::list_applications,
            application::create_application,
            application::get_application,
            application::delete_application,
            endpoint::list_endpoints,
            endpoint::create_endpoint,
            endpoint::get_endpoint,
            endpoint::delete_endpoint,
            endpoint::get_endpoint_secret,
            message::list_messages,
            message::create_message,
            message::get_message,
            attempt::list_attempts_by_message,
            attempt::list_attempts_by_endpoint,
        ]);
    Ok(health::routes(app))
}

/// What the document says that no signature does.
fn document() -> Info {
    Info::new("Relay", env!("CARGO_PKG_VERSION"))
        .description("A webhook delivery service that speaks the Svix API and signs by Standard Webhooks.")
        .license("Apache-2.0 OR MIT", "Apache-2.0 OR MIT")
        .tag("Application", "Whose events are delivered.")
        .tag("Endpoint", "Where an application's events are delivered.")
        .tag("Message", "Events, fanned out to the endpoints that want them.")
        .tag("Message Attempt", "What happened to the deliveries.")
        .tag("Health", "Whether the program runs and is ready.")
        .webhook("message", "A message, as an endpoint gets it.\n\nAn answer of 2xx within 20 s is a success; anything else is tried again.", deliver::describe)
        .prebuilt(openapi!("openapi.json"))
}
