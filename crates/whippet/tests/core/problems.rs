//! Problem documents, field by field.

use serde_json::{Value, json};
use whippet::axum::http::{HeaderName, HeaderValue, StatusCode};
use whippet::routing::get;
use whippet::testing::{TestApp, TestResponse};
use whippet::{App, Db, FieldError, Problem, query};

async fn teapot() -> Result<(), Problem> {
    let problem = Problem::new(StatusCode::IM_A_TEAPOT, "teapot", "short \"and\" stout");
    let header = HeaderName::from_static("x-spout");
    Err(problem.header(header, HeaderValue::from_static("1")))
}

async fn invalid() -> Result<(), Problem> {
    let mut error = FieldError::new("/a/0", "range", "must be at least 1");
    error.params.insert("min".to_owned(), json!(1));
    Err(Problem::invalid(vec![
        error,
        FieldError::new("", "type", "is not an object"),
    ]))
}

async fn unauthorized() -> Result<(), Problem> {
    Err(Problem::unauthorized("who are you"))
}

async fn odd() -> Problem {
    Problem::new(StatusCode::from_u16(499).unwrap(), "gone", "left")
}

async fn database(db: Db) -> Result<(), Problem> {
    query("select secret_column from nowhere")
        .execute(&db)
        .await?;
    Ok(())
}

async fn response(path: &str) -> TestResponse {
    let app = App::new()
        .route("/teapot", get(teapot))
        .route("/invalid", get(invalid))
        .route("/unauthorized", get(unauthorized))
        .route("/odd", get(odd))
        .route("/database", get(database));
    TestApp::new(|_| Ok(app)).await.get(path).await
}

fn document(status: u16, title: &str, code: &str, detail: &str) -> Value {
    let kind = match code {
        "teapot" | "gone" => "about:blank".to_owned(),
        declared => format!("/problems/{declared}"),
    };
    json!({"type": kind, "title": title, "status": status, "code": code, "detail": detail})
}

#[whippet::test]
async fn an_error_response_is_a_problem_document_of_rfc_9457() {
    for (path, expected) in [
        (
            "/teapot",
            document(418, "I'm a teapot", "teapot", "short \"and\" stout"),
        ),
        (
            "/unauthorized",
            document(401, "Unauthorized", "authentication_failed", "who are you"),
        ),
        ("/odd", document(499, "Error", "gone", "left")),
        (
            "/nothing",
            document(404, "Not Found", "not_found", "no route matches /nothing"),
        ),
        (
            "/database",
            document(
                500,
                "Internal Server Error",
                "internal",
                "The server failed. Report the request id to the operator of the server.",
            ),
        ),
    ] {
        let response = response(path).await;
        assert_eq!(response.json(), expected);
        assert_eq!(response.status.as_u16(), expected["status"]);
        assert_eq!(response.header("content-type"), "application/problem+json");
    }
}

#[whippet::test]
async fn a_validation_problem_has_the_field_errors_instead_of_detail() {
    let expected = json!({
        "type": "/problems/validation", "title": "Unprocessable Entity", "status": 422, "code": "validation",
        "errors": [
            {"pointer": "/a/0", "code": "range", "message": "must be at least 1", "params": {"min": 1}},
            {"pointer": "", "code": "type", "message": "is not an object"},
        ],
    });
    assert_eq!(response("/invalid").await.json(), expected);
}

#[whippet::test]
async fn the_headers_of_a_problem_are_sent() {
    assert_eq!(response("/teapot").await.header("x-spout"), "1");
    assert_eq!(
        response("/unauthorized").await.header("www-authenticate"),
        "Bearer"
    );
}
