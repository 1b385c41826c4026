//! Credentials in a request, scopes, and their description in the OpenAPI document.

use rstest::rstest;
use whippet::axum::http::HeaderMap;
use whippet::extract::{
    ApiKeyCookie, ApiKeyHeader, ApiKeyName, ApiKeyQuery, Basic, Bearer, RequiredScopes,
};
use whippet::layers::{RateLimit, SqlRateLimiter};
use whippet::openapi::SecurityScheme;
use whippet::testing::TestApp;
use whippet::{App, AppError, Config, Migration, Migrations, Problem, dependency, get, routes};

struct Named;

impl ApiKeyName for Named {
    const NAME: &str = "x-key";
}

#[get("/bearer")]
async fn bearer(given: Bearer) -> String {
    given.token().expose().clone()
}

#[get("/optional")]
async fn optional(given: Option<Bearer>) -> String {
    given.map_or("nobody".to_owned(), |given| given.token().expose().clone())
}

#[get("/basic")]
async fn basic(given: Basic) -> String {
    format!("{}|{}", given.user(), given.password().expose())
}

#[get("/header")]
async fn header(given: ApiKeyHeader<Named>) -> String {
    given.key().expose().clone()
}

#[get("/query")]
async fn query(given: ApiKeyQuery<Named>) -> String {
    given.key().expose().clone()
}

#[get("/cookie")]
async fn cookie(given: ApiKeyCookie<Named>) -> String {
    given.key().expose().clone()
}

const KEY: SecurityScheme = SecurityScheme::bearer("key").doc("The key of your account.");
const SESSION: SecurityScheme = SecurityScheme::api_key(
    "session",
    whippet::openapi::ParameterLocation::Cookie,
    "x-key",
);

/// A caller, as the list of scopes in the caller's token.
#[derive(Debug, Clone)]
struct Caller(Vec<String>);

#[dependency(security(KEY, SESSION))]
async fn caller(
    bearer: Option<Bearer>,
    session: Option<ApiKeyCookie<Named>>,
    required: RequiredScopes,
) -> Result<Caller, Problem> {
    let token = bearer.map(|bearer| bearer.token().clone());
    let token = token.or(session.map(|session| session.key().clone()));
    let token = token.ok_or_else(|| Bearer::invalid("no key"))?;
    let scopes: Vec<String> = token.expose().split('+').map(str::to_owned).collect();
    required.check(|scope| scopes.iter().any(|granted| granted == scope))?;
    Ok(Caller(scopes))
}

/// A dependency that depends on the caller.
#[derive(Clone)]
struct Account;

#[dependency]
async fn account(_: Caller) -> Account {
    Account
}

#[get("/read", scopes("notes:read"))]
async fn read(Caller(scopes): Caller) -> String {
    scopes.join(" ")
}

const WRITE: &str = "notes:write";

#[get("/write", scopes("notes:read", WRITE))]
async fn write(_: Account) -> &'static str {
    "written"
}

#[get("/any")]
async fn any(_: Caller) -> &'static str {
    "known"
}

fn app(_: &Config) -> Result<App, AppError> {
    let operations = routes![
        bearer, optional, basic, header, query, cookie, read, write, any
    ];
    Ok(App::new().routes(operations))
}

#[rstest]
#[case::usual("Bearer abc", "abc")]
#[case::any_case("bEARER abc", "abc")]
#[case::several_spaces("Bearer   abc", "abc")]
#[case::several_words("Bearer a b", "a b")]
#[whippet::test]
async fn a_bearer_token_is_read(#[case] header: &str, #[case] token: &str) {
    let app = TestApp::new(app).await;
    let response = app.get("/bearer").header("authorization", header).await;
    assert_eq!(response.assert_status(200).text(), token);
}

#[rstest]
#[case::no_header("", "Bearer")]
#[case::no_space("Bearerabc", "Bearer")]
#[case::another_scheme("Basic YTpi", "Bearer")]
#[case::no_token("Bearer ", "Bearer error=\"invalid_token\"")]
#[case::no_ascii("Bearer é", "Bearer error=\"invalid_token\"")]
#[whippet::test]
async fn a_request_without_a_token_is_challenged(#[case] header: &str, #[case] challenge: &str) {
    let app = TestApp::new(app).await;
    let ask = |path| match header {
        "" => app.get(path),
        header => app.get(path).header("authorization", header),
    };
    let response = ask("/bearer").await;
    response.assert_problem(401, "authentication_failed");
    response.assert_header("www-authenticate", challenge);
    let optional = ask("/optional").await;
    match challenge {
        "Bearer" => assert_eq!(optional.assert_status(200).text(), "nobody"),
        _ => drop(optional.assert_problem(401, "authentication_failed")),
    }
}

#[rstest]
#[case::usual("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin|open sesame")]
#[case::any_case_and_spaces("BASIC  dGVzdDoxMjPCow==", "test|123£")]
#[case::no_padding("Basic dGVzdDoxMjPCow", "test|123£")]
#[case::colon_in_the_password("Basic YTpiOmM=", "a|b:c")]
#[case::empty("Basic Og==", "|")]
#[whippet::test]
async fn a_user_name_and_a_password_are_read(#[case] header: &str, #[case] expected: &str) {
    let app = TestApp::new(app).await;
    let response = app.get("/basic").header("authorization", header).await;
    assert_eq!(response.assert_status(200).text(), expected);
}

#[rstest]
#[case::another_scheme("Bearer YTpi")]
#[case::no_base64("Basic !")]
#[case::no_colon("Basic YWI=")]
#[case::no_utf8("Basic //86/w==")]
#[case::control_character("Basic YToJ")]
#[whippet::test]
async fn a_request_without_a_password_is_challenged(#[case] header: &str) {
    let app = TestApp::new(app).await;
    let response = app.get("/basic").header("authorization", header).await;
    response.assert_problem(401, "authentication_failed");
    response.assert_header("www-authenticate", "Basic realm=\"api\", charset=\"UTF-8\"");
}

#[whippet::test]
async fn an_api_key_is_read_only_from_its_declared_location() {
    let app = TestApp::new(app).await;
    let requests = |path: &str| {
        [
            ("/header", app.get(path).header("x-key", "k")),
            ("/query", app.get(path).query("x-key", "k")),
            ("/cookie", app.get(path).header("cookie", "a=b; x-key=k")),
        ]
    };
    for path in ["/header", "/query", "/cookie"] {
        for (place, request) in requests(path) {
            let response = request.await;
            match place == path {
                true => assert_eq!(response.assert_status(200).text(), "k"),
                false => {
                    response.assert_problem(401, "authentication_failed");
                    response.assert_header("www-authenticate", "ApiKey");
                }
            }
        }
        app.get(path)
            .header("x-key", "")
            .query("x-key", "")
            .await
            .assert_status(401);
    }
}

#[whippet::test]
async fn an_operation_runs_only_for_callers_with_its_scopes() {
    let app = TestApp::new(app).await;
    let status = async |path, token| app.get(path).bearer(token).await.status.as_u16();
    assert_eq!(status("/read", "notes:read").await, 200);
    assert_eq!(status("/read", "notes:write").await, 403);
    assert_eq!(status("/write", "notes:read+notes:write").await, 200);
    assert_eq!(status("/any", "other").await, 200);
    let lacking = app.get("/write").header("cookie", "x-key=notes:read").await;
    lacking.assert_problem(403, "insufficient_scope");
    lacking.assert_header(
        "www-authenticate",
        "Bearer error=\"insufficient_scope\", scope=\"notes:read notes:write\"",
    );
    assert_eq!(
        lacking.json()["detail"],
        "the credentials lack the scope notes:write"
    );
}

/// When a layer resolves the caller, the operation and the scopes that it requires are not known yet.
#[whippet::test]
async fn a_layer_that_resolves_the_caller_does_not_bypass_the_scopes() {
    const MIGRATIONS: Migrations = Migrations::new(&[Migration {
        name: "0001_rate_limits.sql",
        sql: SqlRateLimiter::SCHEMA,
    }]);
    let quota = || {
        let minute = std::time::Duration::from_secs(60);
        RateLimit::new("default", 9, minute).by(|Caller(scopes): Caller| Some(scopes.join(" ")))
    };
    let app = TestApp::new(|config| Ok(app(config)?.migrations(MIGRATIONS).layer(quota()))).await;
    app.get("/write")
        .bearer("notes:read")
        .await
        .assert_status(403);
    app.get("/read")
        .bearer("notes:read")
        .await
        .assert_status(200);
    let of_a_group = || routes![read, write].layer(quota());
    let app = TestApp::new(|_| Ok(App::new().migrations(MIGRATIONS).routes(of_a_group()))).await;
    app.get("/write")
        .bearer("notes:read")
        .await
        .assert_status(403);
    app.get("/read")
        .bearer("notes:read")
        .await
        .assert_status(200);
}

#[whippet::test]
async fn an_app_that_declares_scopes_without_checking_them_does_not_start() {
    #[get("/unchecked", scopes("notes:read"))]
    async fn unchecked(_: Bearer, _: HeaderMap) {}

    let started = TestApp::builder().try_start(|_| Ok(App::new().routes(routes![unchecked])));
    let error = started.await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the operation \"unchecked\" declares scopes, but no argument checks them: take a dependency that has an argument `RequiredScopes`"
    );
}

#[cfg(not(target_arch = "wasm32"))]
#[whippet::test]
async fn the_openapi_document_has_the_security_schemes_and_scopes_of_each_operation() {
    use serde_json::json;

    let document = app(&Config::default()).unwrap().document();
    assert_eq!(
        document["components"]["securitySchemes"],
        json!({
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "http", "scheme": "bearer", "description": "The key of your account."},
            "session": {"type": "apiKey", "in": "cookie", "name": "x-key"},
            "header-x-key": {"type": "apiKey", "in": "header", "name": "x-key"},
            "query-x-key": {"type": "apiKey", "in": "query", "name": "x-key"},
            "cookie-x-key": {"type": "apiKey", "in": "cookie", "name": "x-key"},
        })
    );
    let security = |path: &str| &document["paths"][path]["get"]["security"];
    assert_eq!(*security("/bearer"), json!([{"bearer": []}]));
    assert_eq!(*security("/optional"), json!([{"bearer": []}, {}]));
    assert_eq!(*security("/any"), json!([{"key": []}, {"session": []}]));
    let both = ["notes:read", "notes:write"];
    assert_eq!(
        *security("/write"),
        json!([{"key": both}, {"session": both}])
    );
    let responses = |path: &str| &document["paths"][path]["get"]["responses"];
    for path in [
        "/bearer", "/basic", "/header", "/query", "/cookie", "/write",
    ] {
        assert!(responses(path)["401"].is_object(), "{path}");
    }
    assert!(responses("/read")["403"].is_object());
    assert!(responses("/any")["403"].is_null());
}
