//! Authentication by API key.

use whippet::extract::Bearer;
use whippet::openapi::SecurityScheme;
use whippet::{Problem, State, dependency};

use crate::settings::RelaySettings;

const SCHEME: SecurityScheme =
    SecurityScheme::bearer("HTTPBearer").doc("The API key of this Relay server.");

/// A caller who sent the API key in `Authorization: Bearer`.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey;

#[dependency(security = SCHEME)]
async fn api_key(
    settings: State<RelaySettings>,
    given: Result<Bearer, Problem>,
) -> Result<ApiKey, Problem> {
    let missing = "the variable RELAY_API_KEY is not set, so every request is rejected";
    let expected = settings.api_key.as_ref();
    let expected = expected.ok_or_else(|| Problem::internal(missing))?;
    match expected.matches(given?.token().expose()) {
        true => Ok(ApiKey),
        false => Err(Bearer::invalid(
            "the API key is not valid; send it as `Authorization: Bearer <key>`",
        )),
    }
}
