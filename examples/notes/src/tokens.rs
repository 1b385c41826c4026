//! The tokens that an account uses to sign in.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::extract::{AfterResponse, Bearer, RequiredScopes};
use whippet::layers::{CallerKey, Quota, Quotas, RateLimitPolicy, RateLimited};
use whippet::openapi::SecurityScheme;
use whippet::problem::types::AUTHENTICATION_FAILED;
use whippet::{
    Clock, Created, Db, Json, NoContent, Problem, Random, Secret, State, Timestamp, Valid, delete,
    dependency, post, query, query_as,
};

use crate::{NotesSettings, clients, passwords};

const TOKEN: SecurityScheme = SecurityScheme::bearer("token").doc("A token from `POST /tokens`.");

/// The account that sent a request: the owner of the request's token.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) account: i64,
    /// The SHA-256 of the token.
    pub(crate) token: [u8; 32],
    requests_per_minute: u32,
}

#[dependency(security = TOKEN)]
async fn caller(
    given: Bearer,
    required: RequiredScopes,
    db: Db,
    clock: Clock,
    settings: State<NotesSettings>,
) -> Result<Caller, Problem> {
    let token = given.token().digest();
    let found = query_as!(
        (i64, Vec<String>),
        "select account_id, scopes from tokens where digest = :token and expires_at > :now",
        now = clock.now(),
    );
    let found = found.fetch_optional(&db).await?;
    let (account, scopes) =
        found.ok_or_else(|| Bearer::invalid("the token is not valid, or has expired"))?;
    required.check(|scope| scopes.iter().any(|granted| granted == scope))?;
    Ok(Caller {
        account,
        token,
        requests_per_minute: settings.requests_per_minute,
    })
}

impl CallerKey for Caller {
    fn key(&self) -> String {
        self.account.to_string()
    }
}

/// The quota of an account.
pub(crate) struct PerAccount;

pub(crate) type Limited = RateLimited<PerAccount>;

impl RateLimitPolicy for PerAccount {
    type Caller = Caller;

    fn quota(caller: &Caller) -> Quota {
        Quota::new(
            "account",
            caller.requests_per_minute,
            Duration::from_secs(60),
        )
    }
}

/// What a token allows.
#[derive(Serialize, Deserialize, JsonSchema)]
enum Scope {
    /// To read notes.
    #[serde(rename = "notes:read")]
    Read,
    /// To create, change and delete notes.
    #[serde(rename = "notes:write")]
    Write,
}

/// An email address and a password, and what the token allows.
#[derive(Deserialize, Validate, JsonSchema)]
pub(crate) struct SignIn {
    email: String,
    password: String,
    #[validate(length(min = 1, max = 2))]
    scopes: Vec<Scope>,
}

/// A token, to send as `Authorization: Bearer <token>`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Token {
    token: String,
    expires_at: Timestamp,
}

/// Sign in.
///
/// Creates a token.
#[post("/tokens", errors(AUTHENTICATION_FAILED))]
pub(crate) async fn sign_in(
    quotas: Quotas,
    db: Db,
    clock: Clock,
    random: Random,
    settings: State<NotesSettings>,
    after: AfterResponse,
    Valid(Json(given)): Valid<Json<SignIn>>,
) -> Result<Created<Token>, Problem> {
    let quota = clients::per_account(&settings);
    quotas.take(&quota, &given.email.to_lowercase()).await?;
    let account = query!(
        "select id, password_hash from accounts where email = :email",
        email = given.email
    );
    let account = account.fetch_optional(&db).await?;
    let hash = account.as_ref().map(|account| &*account.password_hash);
    let is_right = passwords::matches(hash, &given.password);
    let Some(account) = account.filter(|_| is_right) else {
        return Err(Problem::unauthorized(
            "the email address or the password is wrong",
        ));
    };
    let now = clock.now();
    let token = Token {
        token: random.token(),
        expires_at: now + settings.token_lifetime,
    };
    query!(
        "insert into tokens (digest, account_id, scopes, expires_at) values (:digest, :account, :scopes, :expires_at)",
        digest = Secret::new(&token.token).digest(),
        account = account.id,
        scopes = given.scopes,
        expires_at = token.expires_at,
    )
    .execute(&db)
    .await?;
    after.run(async move {
        query!("delete from tokens where expires_at <= :now")
            .execute(&db)
            .await?;
        Ok(())
    });
    Ok(Created::new(token))
}

/// Sign out.
///
/// Deletes the token of the request.
#[delete("/tokens/current")]
pub(crate) async fn sign_out(_: Caller, given: Bearer, db: Db) -> Result<NoContent, Problem> {
    let digest = given.token().digest();
    query!("delete from tokens where digest = :digest")
        .execute(&db)
        .await?;
    Ok(NoContent)
}
