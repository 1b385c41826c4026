//! Requests that change the same note at the same time.

use std::pin::Pin;
use std::sync::Arc;

use serde_json::json;
use whippet::axum::http::Method;
use whippet::host::Database;
use whippet::testing::TestApp;
use whippet::{DbError, Rows, Statement};

use crate::attachments::stored;
use crate::support::sign_up;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Wraps a database. Runs `write` before each statement that starts with `before`, as if another request had changed
/// note 1 just before this statement.
struct Race {
    database: Arc<dyn Database>,
    /// `write` runs before each statement whose SQL starts with this text.
    before: &'static str,
    /// The SQL statement of the other request.
    write: &'static str,
}

impl Race {
    async fn run(&self, statement: &Statement) -> Result<(), DbError> {
        if statement.sql.starts_with(self.before) {
            let write = Statement {
                sql: self.write.into(),
                values: Vec::new(),
            };
            self.database.execute(write).await?;
        }
        Ok(())
    }
}

impl Database for Race {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(async move {
            self.run(&statement).await?;
            self.database.fetch(statement).await
        })
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(async move {
            self.run(&statement).await?;
            self.database.execute(statement).await
        })
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(async move {
            for statement in &statements {
                self.run(statement).await?;
            }
            self.database.batch(statements).await
        })
    }
}

/// Starts the API with a note.
async fn start(before: &'static str, write: &'static str) -> (TestApp, String) {
    let app = TestApp::builder().database(move |database| {
        Arc::new(Race {
            database,
            before,
            write,
        })
    });
    let app = app.start(notes::app).await;
    let token = sign_up(&app, "ada@example.com", &["notes:read", "notes:write"]).await;
    let note = app.post("/notes").bearer(&token);
    note.json(&json!({"title": "Tea"})).await.assert_status(201);
    (app, token)
}

const CHANGE: &str = "update notes set title = 'Milk', version = version + 1 where id = 1";

#[whippet::test]
async fn a_note_that_was_just_changed_is_not_deleted() {
    let (app, token) = start("delete from notes", CHANGE).await;
    let delete = app.delete("/notes/1").bearer(&token);
    let response = delete.header("if-match", "\"1\"").await;
    response.assert_problem(409, "conflict");
    let note = app.get("/notes/1").bearer(&token).await;
    note.assert_status(200)
        .assert_json_includes(json!({"title": "Milk"}));
}

#[whippet::test]
async fn a_change_of_a_note_that_was_just_changed_is_rejected() {
    let (app, token) = start("update notes set version", CHANGE).await;
    let change = app.request(Method::PATCH, "/notes/1").bearer(&token);
    let change = change
        .header("if-match", "\"1\"")
        .json(&json!({"title": "Tee"}));
    change.await.assert_problem(409, "conflict");
}

#[whippet::test]
async fn a_file_is_not_attached_to_a_note_that_was_just_deleted() {
    let (app, token) = start("insert into attachments", "delete from notes where id = 1").await;
    let upload = app.post("/notes/1/attachments").bearer(&token);
    let upload = upload.field("description", "A leaf");
    let response = upload.file("file", "leaf.png", "image/png", "0123").await;
    response.assert_problem(404, "not_found");
    assert_eq!(stored(&app).await, 0);
}
