//! Authentication by API key.

use whippet::extract::Bearer;
use whippet::openapi::SecurityScheme;
use whippet::{Config, ConfigError, Problem, dependency};

/// The variable that holds the API key.
pub(crate) const API_KEY: &str = "RELAY_API_KEY";

const SCHEME: SecurityScheme =
    SecurityScheme::bearer("HTTPBearer").doc("The API key of this Relay server.");

/// A caller who sent the API key in `Authorization: Bearer`.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey;

#[dependency(security = SCHEME)]
async fn api_key(config: Config, given: Result<Bearer, Problem>) -> Result<ApiKey, Problem> {
    let expected = config.secret(API_KEY);
    let expected = expected
        .ok_or_else(|| ConfigError::new(API_KEY, "is not set, so every request is rejected"))?;
    match expected.matches(given?.token().expose()) {
        true => Ok(ApiKey),
        false => Err(Bearer::invalid(
            "the API key is not valid; send it as `Authorization: Bearer <key>`",
        )),
    }
}
