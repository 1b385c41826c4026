//! An API that contains every kind of argument, response and group that Whippet's OpenAPI documents can describe.
//! `scripts/check-openapi` checks the document, and `scripts/fuzz-api` sends random requests to the server.

mod callers;
mod groups;
mod inputs;
mod outputs;

use std::process::ExitCode;

use whippet::jwt::JwtVerifier;
use whippet::layers::{Idempotency, SqlRateLimiter};
use whippet::openapi::Info;
use whippet::{App, AppError, Config, Migration, Migrations, Secret, health, native};

const MIGRATIONS: Migrations = Migrations::new(&[
    Migration {
        name: "0001_rate_limits.sql",
        sql: SqlRateLimiter::SCHEMA,
    },
    Migration {
        name: "0002_idempotency.sql",
        sql: Idempotency::SCHEMA,
    },
]);

/// The key with which tokens are signed. `scripts/fuzz-api` contains a token that is signed with this key.
const TOKEN_KEY: &[u8] = b"the key of the tokens of the features";

fn app(_: &Config) -> Result<App, AppError> {
    let info = Info::new("Features", "1.0.0")
        .description("Every feature of the document.")
        .tag("Callers", "Credentials, scopes and limits.")
        .tag("Groups", "Groups of operations, and a mounted app.")
        .tag("Inputs", "What requests contain.")
        .tag("Outputs", "What responses contain.")
        .tag("Health", "Whether the server is ready for requests.")
        .license("Apache-2.0 OR MIT", "Apache-2.0 OR MIT")
        .webhook("stock_is_low", "The stock is low.", |webhook| {
            webhook.body::<inputs::Item>("application/json");
        });
    let jwt = JwtVerifier::hs256(&Secret::new(TOKEN_KEY))?;
    let app = App::new()
        .state(jwt)
        .migrations(MIGRATIONS)
        .openapi(info)
        .body_limit(400_000)
        .routes(callers::operations().tag("Callers"))
        .routes(groups::operations().tag("Groups"))
        .routes(inputs::operations().tag("Inputs"))
        .routes(outputs::operations().tag("Outputs"))
        .mount("/mounted", groups::mounted());
    Ok(health::routes(app))
}

#[tokio::main]
async fn main() -> ExitCode {
    native::run::<()>(app).await
}
