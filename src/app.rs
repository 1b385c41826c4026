//! All routes and tasks of Relay.

use std::time::Duration;

use whippet::openapi::Info;
use whippet::tasks::{Retry, task};
use whippet::{App, AppError, Config, Settings, health, migrations, openapi, routes};

use crate::settings::RelaySettings;
use crate::{application, attempt, deliver, endpoint, idempotency, message};

/// The time limit of an attempt: 20 s for the endpoint's response, and 5 s for the database.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(25);

/// The maximum number of concurrent deliveries to one endpoint: a quarter of the tasks that a native process runs
/// concurrently. On Workers and Spin, deliveries to one endpoint are at most half of the concurrent tasks.
const DELIVERIES_PER_ENDPOINT: u32 = 16;

/// Builds Relay from a configuration.
///
/// # Errors
///
/// Returns an error if the value of a configuration variable is not valid. The error names each such variable.
pub fn app(config: &Config) -> Result<App, AppError> {
    let settings = RelaySettings::from_config(config)?;
    let deliveries = task(deliver::deliver)
        .retry(settings.retry_schedule.clone())
        .timeout(ATTEMPT_TIMEOUT)
        .concurrency(DELIVERIES_PER_ENDPOINT);
    let retry: Retry = "1m 10m 1h 6h 1d".parse()?;
    let app = App::new()
        .state(settings)
        .ignore_trailing_slashes()
        .migrations(migrations!("migrations"))
        .task(deliveries)
        .task(
            task(application::remove::remove)
                .retry(retry.clone())
                .concurrency(1),
        )
        .task(task(idempotency::expire_keys).retry(retry))
        .count_attempts()
        .openapi(document())
        .routes(routes![
            application::list_applications,
            application::create_application,
            application::get_application,
            application::update::update_application,
            application::update::patch_application,
            application::remove::delete_application,
            endpoint::list_endpoints,
            endpoint::create_endpoint,
            endpoint::get_endpoint,
            endpoint::update::update_endpoint,
            endpoint::update::patch_endpoint,
            endpoint::delete_endpoint,
            endpoint::get_endpoint_secret,
            message::list_messages,
            message::create_message,
            message::get_message,
            attempt::list_attempts_by_message,
            attempt::list_attempts_by_endpoint,
        ]);
    #[cfg(feature = "graphql")]
    let app = app.routes(crate::graphql::routes());
    Ok(health::routes(app))
}

/// Describes the API as a whole, for the OpenAPI document.
fn document() -> Info {
    Info::new("Relay", env!("CARGO_PKG_VERSION"))
        .description("A webhook delivery service with the API of Svix and the signatures of Standard Webhooks.")
        .license("Apache-2.0 OR MIT", "Apache-2.0 OR MIT")
        .tag("Application", "Applications. Relay delivers the messages of an application to its endpoints.")
        .tag("Endpoint", "The URLs to which the events of an application are delivered.")
        .tag("Message", "Messages: events that Relay delivers to every endpoint with matching filters.")
        .tag("Message Attempt", "The attempts to deliver a message to an endpoint.")
        .tag("Health", "Whether the server is running and ready for requests.")
        .webhook("message", "Receive a message at an endpoint.\n\nA 2xx response within 20 seconds is a success. A 410 response disables the endpoint. After any other response, or after no response, Relay retries the delivery.", deliver::describe)
        .prebuilt(openapi!("openapi.json"))
}
