//! Accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;
use whippet::axum::http::StatusCode;
use whippet::{
    Clock, Created, Db, Json, Problem, ProblemType, Random, Timestamp, Valid, get, post, query_as,
};

use crate::passwords;
use crate::tokens::Caller;

const EMAIL_TAKEN: ProblemType = ProblemType {
    status: StatusCode::CONFLICT,
    name: "email_taken",
    title: "Email Taken",
    doc: "Another account has this email address.",
    extensions: &[],
};

/// The email address and the password of an account.
#[derive(Deserialize, Validate, JsonSchema)]
pub(crate) struct NewAccount {
    #[validate(email, length(max = 254))]
    email: String,
    #[validate(length(min = 12, max = 128))]
    password: String,
}

/// An account.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Account {
    id: i64,
    email: String,
    created_at: Timestamp,
}

/// Create an account.
#[post("/accounts", errors(EMAIL_TAKEN))]
pub(crate) async fn create_account(
    db: Db,
    clock: Clock,
    random: Random,
    Valid(Json(new)): Valid<Json<NewAccount>>,
) -> Result<Created<Account>, Problem> {
    let hash = passwords::hash(&new.password, &random)?;
    let account = query_as!(
        Account,
        "insert into accounts (email, password_hash, created_at) values (:email, :hash, :now)
         returning id, email, created_at",
        email = new.email,
        now = clock.now(),
    );
    match account.fetch_one(&db).await {
        Ok(account) => Ok(Created::at("/account", account)),
        Err(error) if error.is_unique("accounts.email") => {
            Err(EMAIL_TAKEN.with_detail(format!("{} has an account", new.email)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Get the account of the caller.
#[get("/account")]
pub(crate) async fn get_account(caller: Caller, db: Db) -> Result<Json<Account>, Problem> {
    let account = query_as!(
        Account,
        "select id, email, created_at from accounts where id = :id",
        id = caller.account,
    );
    Ok(Json(account.fetch_one(&db).await?))
}
