//! Every route and task of Relay.

use std::time::Duration;

use whippet::routing::{get, post};
use whippet::{App, AppError, Config, Retry, health, migrations, tasks::task};

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
        .route(
            "/api/v1/app",
            get(application::list_applications).post(application::create_application),
        )
        .route(
            "/api/v1/app/{app_id}",
            get(application::get_application).delete(application::delete_application),
        )
        .route(
            "/api/v1/app/{app_id}/endpoint",
            get(endpoint::list_endpoints).post(endpoint::create_endpoint),
        )
        .route(
            "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
            get(endpoint::get_endpoint).delete(endpoint::delete_endpoint),
        )
        .route(
            "/api/v1/app/{app_id}/endpoint/{endpoint_id}/secret",
            get(endpoint::get_endpoint_secret),
        )
        .route(
            "/api/v1/app/{app_id}/msg",
            post(message::create_message).get(message::list_messages),
        )
        .route(
            "/api/v1/app/{app_id}/msg/{msg_id}",
            get(message::get_message),
        )
        .route(
            "/api/v1/app/{app_id}/attempt/msg/{msg_id}",
            get(attempt::list_attempts_by_message),
        )
        .route(
            "/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}",
            get(attempt::list_attempts_by_endpoint),
        );
    Ok(health::routes(app))
}
