//! The program in the README: an API with a table and a task. A test checks that both programs are equal.

use serde::{Deserialize, Serialize};
use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{App, AppError, Config, Created, Db, Json, Path, Problem, TaskError, Tasks, Valid};
use whippet::{get, migrations, post, query, query_as, routes, task, tasks};

#[derive(Serialize, Deserialize, validator::Validate, schemars::JsonSchema)]
struct User {
    #[validate(email)]
    email: String,
    #[validate(length(min = 1, max = 64))]
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Welcome {
    email: String,
}

/// Create a user.
#[post("/users", errors(CONFLICT))]
async fn create_user(
    db: Db,
    tasks: Tasks,
    Valid(Json(user)): Valid<Json<User>>,
) -> Result<Created<User>, Problem> {
    let User { email, name } = &user;
    let insert = query!("insert into users (email, name) values (:email, :name)");
    let welcome = tasks.enqueue(&Welcome {
        email: email.clone(),
    });
    // The batch is a transaction: both rows are written, or none.
    match db.batch([insert, welcome.into()]).await {
        Err(error) if error.is_unique("users.email") => Err(Problem::conflict("the user exists")),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(Created::new(user)),
    }
}

/// Get a user.
#[get("/users/{email}", errors(NOT_FOUND))]
async fn get_user(db: Db, Path(email): Path<String>) -> Result<Json<User>, Problem> {
    let user = query_as!(User, "select email, name from users where email = :email")
        .fetch_optional(&db)
        .await?;
    user.map(Json)
        .ok_or_else(|| Problem::not_found("the user does not exist"))
}

/// Runs after the response. A failed attempt is repeated after 5 s, 5 min and 1 h.
#[task(retry = "5s 5m 1h")]
async fn welcome(task: Welcome, db: Db) -> Result<(), TaskError> {
    query!(
        "update users set welcomed = 1 where email = :email",
        email = task.email
    )
    .execute(&db)
    .await?;
    Ok(())
}

/// Creates the API.
pub fn app(_: &Config) -> Result<App, AppError> {
    Ok(App::new()
        .migrations(migrations!("migrations"))
        .routes(routes![create_user, get_user])
        .tasks(tasks![welcome]))
}
