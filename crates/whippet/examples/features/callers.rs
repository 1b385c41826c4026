//! Credentials, scopes and limits.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::extract::{
    AfterResponse, ApiKeyCookie, ApiKeyHeader, ApiKeyName, ApiKeyQuery, Basic, Bearer,
    RequiredScopes,
};
use whippet::jwt::JwtVerifier;
use whippet::layers::{CallerKey, Idempotent, Quota, RateLimitPolicy, RateLimited, RequiredKey};
use whippet::openapi::SecurityScheme;
use whippet::routing::Routes;
use whippet::{
    Context, Created, Json, NoContent, Problem, State, dependency, get, post, put, routes,
};

pub(crate) fn operations() -> Routes {
    routes![
        with_token,
        with_password,
        with_header,
        with_query,
        with_cookie,
        with_any,
        with_optional,
        create_order,
        replace_order
    ]
}

const TOKEN: SecurityScheme =
    SecurityScheme::bearer("token").doc("A JSON Web Token with the claim `scope`.");

/// The account to which a token belongs.
#[derive(Clone, Deserialize)]
struct Account {
    sub: String,
    #[serde(default)]
    scope: String,
}

#[dependency(security = TOKEN)]
async fn account(
    given: Bearer,
    required: RequiredScopes,
    jwt: State<JwtVerifier>,
    after: AfterResponse,
    context: Context,
) -> Result<Account, Problem> {
    let account: Account = jwt.verify(given.token().expose(), &context).await?;
    required.check(|scope| account.scope.split(' ').any(|granted| granted == scope))?;
    after.run(async { Ok(()) });
    Ok(account)
}

impl CallerKey for Account {
    fn key(&self) -> String {
        self.sub.clone()
    }
}

/// The name of the caller.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Name {
    name: String,
}

impl Name {
    fn of(name: impl Into<String>) -> Json<Self> {
        Json(Self { name: name.into() })
    }
}

/// The key `key-of-the-fuzzer`.
struct Key;

impl ApiKeyName for Key {
    const NAME: &str = "x-api-key";
}

fn check(key: &str) -> Result<Json<Name>, Problem> {
    match key {
        "key-of-the-fuzzer" => Ok(Name::of("fuzzer")),
        _ => Err(Problem::unauthorized("the key is not valid")),
    }
}

/// Send a token.
#[get("/callers/token", scopes("names:read"))]
async fn with_token(account: Account) -> Json<Name> {
    Name::of(account.sub)
}

/// Send a user name and a password.
#[get("/callers/password")]
async fn with_password(given: Basic) -> Result<Json<Name>, Problem> {
    check(given.password().expose())?;
    Ok(Name::of(given.user()))
}

/// Send a key in a header.
#[get("/callers/header")]
async fn with_header(given: ApiKeyHeader<Key>) -> Result<Json<Name>, Problem> {
    check(given.key().expose())
}

/// Send a key in the query string.
#[get("/callers/query")]
async fn with_query(given: ApiKeyQuery<Key>) -> Result<Json<Name>, Problem> {
    check(given.key().expose())
}

/// Send a key in a cookie.
#[get("/callers/cookie")]
async fn with_cookie(given: ApiKeyCookie<Key>) -> Result<Json<Name>, Problem> {
    check(given.key().expose())
}

const HEADER: SecurityScheme = SecurityScheme::api_key(
    "key",
    whippet::openapi::ParameterLocation::Header,
    Key::NAME,
);

/// A caller who sends a token or a key.
#[derive(Clone)]
struct Anyone(String);

#[dependency(security(TOKEN, HEADER))]
async fn anyone(
    token: Option<Bearer>,
    key: Option<ApiKeyHeader<Key>>,
    jwt: State<JwtVerifier>,
    context: Context,
) -> Result<Anyone, Problem> {
    match (token, key) {
        (Some(given), _) => {
            let account: Account = jwt.verify(given.token().expose(), &context).await?;
            Ok(Anyone(account.sub))
        }
        (None, Some(given)) => Ok(Anyone(check(given.key().expose())?.0.name)),
        (None, None) => Err(Problem::unauthorized("send a token or a key")),
    }
}

/// Send a token or a key.
#[get("/callers/any")]
async fn with_any(Anyone(name): Anyone) -> Json<Name> {
    Name::of(name)
}

/// Send a token or nothing.
#[get("/callers/optional")]
async fn with_optional(given: Option<Bearer>) -> Json<bool> {
    Json(given.is_some())
}

/// The quota of an account.
struct Orders;

impl RateLimitPolicy for Orders {
    type Caller = Account;

    fn quota(_: &Account) -> Quota {
        Quota::new("orders", 100_000, Duration::from_secs(60))
    }
}

/// Create an order.
#[post("/orders", scopes("orders:write"))]
async fn create_order(_: RateLimited<Orders>, _: Idempotent<Account>) -> Created<Name> {
    let Json(name) = Name::of("an order");
    Created::at("/orders/1", name)
}

/// Replace an order. The request needs an `Idempotency-Key`.
#[put("/orders/1", scopes("orders:write"))]
async fn replace_order(_: Idempotent<Account, RequiredKey>) -> NoContent {
    NoContent
}
