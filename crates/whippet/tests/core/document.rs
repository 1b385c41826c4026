//! The OpenAPI document, and the check that responses match it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;
use whippet::axum::http::{Method, StatusCode};
use whippet::extract::{Form, Query};
use whippet::openapi::{Info, OperationBuilder, Responses};
use whippet::response::{Cached, IfNoneMatch, SeeOther};
use whippet::testing::{TestApp, block_on};
use whippet::{
    App, AppError, Config, Created, Db, Json, NoContent, Path, Problem, ProblemType, Valid, delete,
    get, post, routes,
};

const TAKEN: ProblemType = ProblemType {
    status: StatusCode::CONFLICT,
    name: "taken",
    title: "Name taken",
    doc: "Another user has this name.",
    extensions: &[],
};

/// The contact of a user.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Contact {
    Mail { address: String },
    Phone { number: String },
}

/// The body of a request that creates a user.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"name": "ada"}))]
struct NewUser {
    /// The name that other users see.
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[serde(default, rename = "mail-to")]
    contact: Option<Contact>,
}

/// A user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct User {
    #[schemars(example = 7)]
    user_id: u32,
    contact: Option<Contact>,
}

#[derive(Debug, Deserialize, Validate, JsonSchema)]
struct Filter {
    /// The maximum number of users.
    #[validate(range(min = 1, max = 10))]
    #[schemars(example = 5)]
    limit: Option<u8>,
    name: String,
}

/// Create a user.
///
/// Names are unique.
#[post("/users", tag = "Users", errors(TAKEN))]
async fn create_user(
    _: Db,
    Valid(Json(new)): Valid<Json<NewUser>>,
) -> Result<Created<User>, Problem> {
    match &*new.name {
        "taken" => Err(TAKEN.with_detail("the user \"taken\" exists")),
        "undeclared" => Err(Problem::not_found("undeclared")),
        _ => Ok(Created::new(User {
            user_id: 1,
            contact: new.contact,
        })),
    }
}

#[get("/users", tag = "Users", deprecated)]
async fn list_users(Valid(Query(filter)): Valid<Query<Filter>>) -> Json<Vec<User>> {
    drop(filter.name);
    let count = filter.limit.unwrap_or_default().into();
    Json(
        (0..count)
            .map(|user_id| User {
                user_id,
                contact: None,
            })
            .collect(),
    )
}

#[delete("/users/{group}/{id}", status = 204)]
async fn delete_user(Path((group, id)): Path<(String, u32)>) -> Result<(), Problem> {
    drop((group, id));
    Ok(())
}

/// A response of one of several kinds. Only the kind `none` matches the OpenAPI document. The request selects the kind.
struct Mismatch(&'static str);

impl whippet::axum::response::IntoResponse for Mismatch {
    fn into_response(self) -> whippet::axum::response::Response {
        match self.0 {
            "media" => "text".into_response(),
            "schema" => Json(json!({"userId": "one"})).into_response(),
            "empty" => NoContent.into_response(),
            _ => Json(json!({"userId": 1, "contact": null})).into_response(),
        }
    }
}

impl Responses for Mismatch {
    fn describe(operation: &mut OperationBuilder<'_>) {
        Json::<User>::describe(operation);
    }
}

#[get("/mismatches/{kind}")]
async fn mismatch(Path(kind): Path<String>) -> Mismatch {
    Mismatch(
        ["media", "schema", "empty"]
            .into_iter()
            .find(|known| *known == kind)
            .unwrap_or("none"),
    )
}

fn app(_: &Config) -> Result<App, AppError> {
    let info = Info::new("Users", "1.2.3")
        .description("The users.")
        .tag("Users", "People.")
        .webhook("created", "A user was created.", |operation| {
            operation.body::<User>("application/json");
            operation.status(StatusCode::OK);
        })
        .webhook("deleted", "A user was deleted.", |_| {});
    Ok(App::new()
        .openapi(info)
        .routes(routes![create_user, list_users, delete_user, mismatch]))
}

/// Returns the document that the app serves.
async fn served() -> Value {
    TestApp::new(app).await.get("/openapi.json").await.json()
}

#[test]
fn the_document_matches_the_handler_signatures() {
    let document = block_on(served());
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["info"],
        json!({"title": "Users", "version": "1.2.3", "description": "The users."})
    );
    assert_eq!(
        document["tags"],
        json!([{"name": "Users", "description": "People."}])
    );
    let create = &document["paths"]["/users"]["post"];
    assert_eq!(create["operationId"], "create_user");
    assert_eq!(create["summary"], "Create a user");
    assert_eq!(create["description"], "Names are unique.");
    assert_eq!(create["tags"], json!(["Users"]));
    let statuses: Vec<_> = create["responses"].as_object().unwrap().keys().collect();
    assert_eq!(
        statuses,
        [
            "201", "400", "408", "409", "413", "415", "422", "500", "503"
        ]
    );
    assert_eq!(
        create["responses"]["409"]["description"],
        "`taken`: Another user has this name."
    );
    assert_eq!(create["requestBody"]["required"], true);
    assert_eq!(document["paths"]["/users"]["get"]["deprecated"], true);
    let gone = &document["paths"]["/users/{group}/{id}"]["delete"];
    assert_eq!(
        gone["responses"]["204"],
        json!({"description": "No Content"})
    );
    assert_eq!(gone["parameters"][0]["name"], "group");
    assert_eq!(gone["parameters"][1]["schema"]["type"], "integer");
    let hook = &document["webhooks"]["created"]["post"];
    assert_eq!(
        hook["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/User"
    );
    assert_eq!(
        document["webhooks"]["deleted"]["post"]["responses"],
        json!({"default": {"description": "Any response."}})
    );
}

#[test]
fn the_schemas_of_parameters_and_bodies_have_the_validation_rules() {
    let document = block_on(served());
    assert_eq!(
        document["paths"]["/users"]["get"]["parameters"],
        json!([
            {"name": "limit", "in": "query", "required": false, "description": "The maximum number of users.",
             "schema": {"type": "integer", "format": "uint8", "minimum": 1, "maximum": 10, "examples": [5]}},
            {"name": "name", "in": "query", "required": true, "schema": {"type": "string"}},
        ])
    );
    let schemas = &document["components"]["schemas"];
    let new = &schemas["NewUser"];
    assert_eq!(new["additionalProperties"], false);
    assert_eq!(new["properties"]["name"]["maxLength"], 64);
    assert_eq!(
        new["properties"]["name"]["description"],
        "The name that other users see."
    );
    assert!(new["properties"]["mail-to"].is_object());
    assert_eq!(schemas["Contact"]["oneOf"].as_array().unwrap().len(), 2);
    assert_eq!(new["examples"], json!([{"name": "ada"}]));
    assert_eq!(
        schemas["User"]["properties"]["userId"]["examples"],
        json!([7])
    );
    let mapping = json!({"mail": "#/components/schemas/ContactMail", "phone": "#/components/schemas/ContactPhone"});
    assert_eq!(
        schemas["Contact"]["discriminator"],
        json!({"propertyName": "kind", "mapping": mapping})
    );
    assert_eq!(
        schemas["ContactMail"]["properties"]["kind"]["const"],
        "mail"
    );
    assert_eq!(schemas["User"]["required"], json!(["userId", "contact"]));
}

#[test]
fn a_problem_type_url_returns_its_description() {
    block_on(async {
        let app = TestApp::new(app).await;
        let problem = app.post("/users").json(&json!({"name": "taken"})).await;
        assert_eq!(problem.status, StatusCode::CONFLICT);
        let problem = problem.json();
        assert_eq!(
            (&problem["code"], &problem["title"]),
            (&json!("taken"), &json!("Name taken"))
        );
        let page = app.get(problem["type"].as_str().unwrap()).await;
        assert_eq!(
            page.json(),
            json!({"status": 409, "title": "Name taken", "detail": "Another user has this name."})
        );
        assert_eq!(
            app.get("/problems/none").await.status,
            StatusCode::NOT_FOUND
        );
    });
}

#[test]
fn a_response_that_does_not_match_the_openapi_document_fails_the_test() {
    for (path, body, expected) in [
        (
            "/users",
            json!({"name": "undeclared"}),
            "POST /users (create_user) returned 404 Not Found, which is not declared; declared statuses: 201, 400",
        ),
        (
            "/mismatches/media",
            Value::Null,
            "GET /mismatches/{kind} (mismatch) returned 200 OK, with the media type \"text/plain; charset=utf-8\"; declared media types: application/json",
        ),
        (
            "/mismatches/schema",
            Value::Null,
            "GET /mismatches/{kind} (mismatch) returned 200 OK, with a body that violates its schema: ",
        ),
        (
            "/mismatches/empty",
            Value::Null,
            "(mismatch) returned 204 No Content, which is not declared",
        ),
    ] {
        let method = if body.is_null() {
            Method::GET
        } else {
            Method::POST
        };
        let test = || {
            block_on(async {
                let app = TestApp::new(app).await;
                app.request(method, path).json(&body).await
            })
        };
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test)).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains(expected), "{text}");
    }
    let matching = block_on(async { TestApp::new(app).await.get("/mismatches/none").await });
    assert_eq!(matching.status, StatusCode::OK);
}

#[get("/count")]
async fn read_count(if_none_match: IfNoneMatch) -> Result<Cached<Json<u32>>, Problem> {
    if_none_match.json(&1)
}

#[post("/count")]
async fn set_count(Form(_): Form<Filter>) -> SeeOther {
    SeeOther::to("/count")
}

#[test]
fn cached_responses_redirects_and_forms_are_documented() {
    let app = App::new().openapi(Info::new("Count", "1"));
    let app = app.routes(routes![read_count, set_count]);
    let document: Value = block_on(async {
        let app = TestApp::new(|_| Ok(app)).await;
        app.get("/openapi.json").await.json()
    });
    let count = &document["paths"]["/count"];
    let read = &count["get"]["responses"];
    assert_eq!(read["304"], json!({"description": "Not Modified"}));
    assert!(read["200"]["headers"]["ETag"].is_object(), "{read}");
    let set = &count["post"];
    let moved = &set["responses"]["303"];
    assert!(moved["headers"]["Location"].is_object(), "{moved}");
    let form = &set["requestBody"]["content"]["application/x-www-form-urlencoded"];
    assert!(form["schema"].is_object(), "{set}");
    assert!(set["responses"]["422"].is_object(), "{set}");
}
