//! Groups of operations, which share a prefix, a tag, dependencies and layers. Also apps that are mounted in another
//! app.

use std::sync::atomic::{AtomicU32, Ordering};

use whippet::axum::extract::Request;
use whippet::axum::http::HeaderValue;
use whippet::axum::middleware::{Next, from_fn};
use whippet::axum::response::Response;
use whippet::extract::{Bearer, RequiredScopes};
use whippet::openapi::Info;
use whippet::routing::{Routes, get as plain};
use whippet::testing::TestApp;
use whippet::{App, Migration, Migrations, Path, Problem, State, dependency, get, post, routes};

#[derive(Clone)]
struct User(String);

/// The number of times that the function [`user`] ran for the user `counted`.
static RAN: AtomicU32 = AtomicU32::new(0);

#[dependency]
async fn user(given: Bearer, required: RequiredScopes) -> Result<User, Problem> {
    let name = given.token().expose().clone();
    required.check(|_| name != "reader")?;
    if name == "counted" {
        RAN.fetch_add(1, Ordering::Relaxed);
    }
    Ok(User(name))
}

#[get("/")]
async fn list_notes(User(name): User) -> String {
    format!("the notes of {name}")
}

#[post("/", scopes("notes:write"))]
async fn create_note() -> &'static str {
    "created"
}

#[get("/{id}/tags", tag = "Tags")]
async fn list_tags(Path((team, id)): Path<(String, u32)>) -> String {
    format!("{team} {id}")
}

#[get("/{*path}")]
async fn read_file(Path((_team, path)): Path<(String, String)>) -> String {
    path
}

/// Appends a word to the header `x-passed` of the response.
async fn pass(word: &'static str, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let passed = HeaderValue::from_static(word);
    response.headers_mut().append("x-passed", passed);
    response
}

fn notes() -> Routes {
    let notes = routes![list_notes, create_note, list_tags];
    notes
        .layer(from_fn(|request, next| pass("notes", request, next)))
        .prefix("/notes")
        .tag("Notes")
}

fn team() -> Routes {
    routes![]
        .prefix("/{team}")
        .routes(notes())
        .routes(routes![read_file].prefix("/files"))
        .dependency::<User>()
        .layer(from_fn(|request, next| pass("team", request, next)))
        .layer(from_fn(|request, next| pass("outer", request, next)))
}

fn app() -> App {
    App::new().routes(team().prefix("/v1"))
}

#[whippet::test]
async fn a_group_adds_a_prefix_and_dependencies_to_its_operations() {
    let app = TestApp::new(|_| Ok(app())).await;
    let get = async |path, token| app.get(path).bearer(token).await;
    assert_eq!(get("/v1/red/notes", "ada").await.text(), "the notes of ada");
    assert_eq!(get("/v1/red/notes/7/tags", "ada").await.text(), "red 7");
    assert_eq!(get("/v1/red/files/a/b", "ada").await.text(), "a/b");
    let created = app.post("/v1/red/notes").bearer("ada").await;
    assert_eq!(created.text(), "created");
    for path in ["/v1/red/notes/", "/notes", "/red/notes", "/v1/red", "/"] {
        get(path, "ada").await.assert_status(404);
    }
    for path in ["/v1/red/notes", "/v1/red/notes/7/tags", "/v1/red/files/a"] {
        let unknown = app.get(path).await;
        unknown.assert_problem(401, "authentication_failed");
        unknown.assert_header("www-authenticate", "Bearer");
    }
}

#[whippet::test]
async fn a_dependency_of_a_group_and_of_its_operation_is_resolved_once() {
    let app = TestApp::new(|_| Ok(app())).await;
    app.get("/v1/red/notes")
        .bearer("counted")
        .await
        .assert_status(200);
    assert_eq!(RAN.load(Ordering::Relaxed), 1);
}

#[whippet::test]
async fn a_dependency_of_a_group_checks_the_scopes_of_its_operations() {
    let app = TestApp::new(|_| Ok(app())).await;
    let lacking = app.post("/v1/red/notes").bearer("reader").await;
    lacking.assert_problem(403, "insufficient_scope");
    app.get("/v1/red/notes")
        .bearer("reader")
        .await
        .assert_status(200);
}

#[whippet::test]
async fn a_request_passes_the_layers_of_the_outer_group_first() {
    let app = TestApp::new(|_| Ok(app())).await;
    let passed = async |path| {
        let response = app.get(path).bearer("ada").await;
        let passed = response.headers.get_all("x-passed").iter();
        let passed: Vec<_> = passed
            .map(|word| word.to_str().unwrap().to_owned())
            .collect();
        passed.join(" ")
    };
    assert_eq!(passed("/v1/red/notes").await, "notes team outer");
    assert_eq!(passed("/v1/red/files/a").await, "team outer");
    assert_eq!(passed("/v1/red/none").await, "");
}

struct Motto(&'static str);

#[get("/motto")]
async fn motto(motto: State<Motto>) -> String {
    motto.0.to_owned()
}

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_mottos.sql",
    sql: "create table mottos (text text)",
}]);

fn inner() -> App {
    App::new()
        .state(Motto("run"))
        .migrations(MIGRATIONS)
        .routes(routes![motto])
        .route("/plain", plain(async || "plain"))
        .openapi(Info::new("Inner", "1").tag("Mottos", "What we say."))
        .layer(from_fn(|request, next| pass("inner", request, next)))
}

#[whippet::test]
async fn a_mounted_app_serves_its_routes_below_the_prefix_inside_its_layers() {
    let outer = App::new()
        .routes(routes![list_notes])
        .openapi(Info::new("Outer", "2"))
        .mount("/inner", inner());
    let app = TestApp::new(|_| Ok(outer)).await;
    for (path, text) in [("/inner/motto", "run"), ("/inner/plain", "plain")] {
        let response = app.get(path).await;
        assert_eq!(response.assert_status(200).text(), text);
        response.assert_header("x-passed", "inner");
    }
    app.get("/")
        .bearer("ada")
        .await
        .assert_header("x-passed", "");
    app.get("/motto").await.assert_status(404);
    let count: i64 = app.row("select count(*) from mottos").await;
    assert_eq!(count, 0);
}

#[whippet::test]
async fn mistakes_in_groups_and_mounted_apps_are_errors_at_start() {
    let error = async |app: App| {
        let started = TestApp::builder().try_start(|_| Ok(app)).await;
        started.unwrap_err().to_string()
    };
    for prefix in ["", "/", "v1", "/v1/", "/a//b", "/{*rest}"] {
        let expected = format!(
            "the prefix {prefix:?} is not valid: write a prefix such as \"/v1\", with a slash at the start, none at the end and no `{{*…}}`"
        );
        assert_eq!(
            error(App::new().routes(routes![motto].prefix(prefix))).await,
            expected
        );
        let nested = routes![].routes(routes![motto].prefix(prefix));
        assert_eq!(error(App::new().routes(nested)).await, expected);
        assert_eq!(error(App::new().mount(prefix, inner())).await, expected);
    }
    assert_eq!(
        error(App::new().migrations(MIGRATIONS).mount("/a", inner())).await,
        "the app and the app mounted at /a both have migrations: put all migrations into one folder"
    );
    assert_eq!(
        error(App::new().mount("/a", inner()).migrations(MIGRATIONS)).await,
        "the app and the app mounted at /a both have migrations: put all migrations into one folder"
    );
    assert_eq!(
        error(App::new().state(Motto("walk")).mount("/a", inner())).await,
        "the app has two states of the type `core::groups::Motto`: wrap one in a struct"
    );
}

#[cfg(not(target_arch = "wasm32"))]
mod document {
    use super::*;

    #[whippet::test]
    async fn the_openapi_document_has_the_whole_paths_and_what_groups_add() {
        let document = App::new()
            .routes(team().prefix("/v1"))
            .openapi(Info::new("Outer", "2"))
            .mount("/inner", inner())
            .document();
        let paths = document["paths"].as_object().unwrap();
        let expected = [
            "/v1/{team}/notes",
            "/v1/{team}/notes/{id}/tags",
            "/v1/{team}/files/{path}",
            "/inner/motto",
        ];
        assert_eq!(paths.len(), expected.len());
        for path in expected {
            assert!(paths.contains_key(path), "{path} is not in {paths:?}");
        }
        let list = &paths["/v1/{team}/notes"]["get"];
        assert_eq!(list["tags"], serde_json::json!(["Notes"]));
        assert_eq!(list["parameters"][0]["name"], "team");
        let tags = &paths["/v1/{team}/notes/{id}/tags"]["get"];
        assert_eq!(tags["tags"], serde_json::json!(["Tags"]));
        assert_eq!(tags["security"], serde_json::json!([{"bearer": []}]));
        assert!(tags["responses"]["401"].is_object());
        assert_eq!(document["tags"][0]["name"], "Mottos");
        let mounted_first = App::new()
            .mount("/inner", inner())
            .openapi(Info::new("Outer", "2"));
        assert_eq!(mounted_first.document()["tags"][0]["name"], "Mottos");
    }

    #[whippet::test]
    async fn a_prefix_with_the_parameter_of_an_operation_is_an_error_at_start() {
        let group = routes![list_tags].prefix("/{id}");
        let started = TestApp::builder().try_start(|_| Ok(App::new().routes(group)));
        assert_eq!(
            started.await.unwrap_err().to_string(),
            "the operation \"list_tags\" cannot be added at GET /{id}/{id}/tags: the path has two parameters `id`: rename one, in the path of the operation or in the prefix of a group"
        );
    }
}
