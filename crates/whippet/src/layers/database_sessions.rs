//! Sessions of D1, so that requests can read from the replicas of a database.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::layer_service::{Middleware, Next, layer};
use crate::{Context, Problem};

/// The header for the bookmark, in requests and in responses.
const HEADER: HeaderName = HeaderName::from_static("x-d1-bookmark");

/// The maximum number of bytes in a bookmark. The bookmarks of D1 have 67 bytes.
const MAX_BOOKMARK: usize = 256;

/// The start of a session whose first statement may read from any replica (D1 Sessions API).
const ANY_REPLICA: &str = "first-unconstrained";

/// The start of a session whose first statement reads from the primary database (D1 Sessions API).
const PRIMARY: &str = "first-primary";

/// Opens a session of D1 for each request, so that reads can use the replicas of the database. Without this layer, all
/// statements run on the primary database.
///
/// The statements of a session are sequentially consistent: each statement sees what earlier statements of the session
/// have read or written. The response has the header `x-d1-bookmark`, which identifies the state of the database that
/// the session has seen. A client that sends the header with its next request continues the session, so the client sees
/// its own changes. Without the header, `GET` and `HEAD` requests may read from a replica that is not up to date, and
/// other requests start at the primary database. A request whose header is not a bookmark gets a 400 problem.
///
/// Tasks run without a session. On hosts without replicas, the layer only checks the header of the request. Turn on
/// read replication in the settings of the D1 database.
///
/// ```
/// use whippet::layers::DatabaseSessions;
/// use whippet::{App, Db, Json, Problem, get, query, routes};
///
/// #[get("/names")]
/// async fn list_names(db: Db) -> Result<Json<Vec<String>>, Problem> {
///     Ok(Json(query("select name from users").fetch_all(&db).await?))
/// }
///
/// fn app() -> App {
///     App::new().routes(routes![list_names].layer(DatabaseSessions))
/// }
/// # whippet::testing::block_on(async {
/// # let app = whippet::testing::TestApp::new(|_| Ok(app())).await;
/// # app.sql("create table users (name text)").await;
/// # app.get("/names").await.assert_status(200);
/// # app.get("/names").header("x-d1-bookmark", "no bookmark").await.assert_problem(400, "bad_request");
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSessions;

layer! { DatabaseSessions }

impl Middleware for DatabaseSessions {
    async fn respond(&self, mut request: Request, context: Context, next: Next) -> Response {
        let start = match request.headers().get(HEADER) {
            Some(value) => match bookmark(value) {
                Some(bookmark) => bookmark,
                None => return not_a_bookmark(value).into_response(),
            },
            None if request.method().is_safe() => ANY_REPLICA,
            None => PRIMARY,
        };
        let Some(session) = context.host().database.session(start) else {
            return next(request).await;
        };
        let context = context.with_session(Arc::clone(&session) as _);
        request.extensions_mut().insert(context);
        let mut response = next(request).await;
        let last = session.bookmark();
        if let Some(last) = last.and_then(|last| HeaderValue::try_from(last).ok()) {
            response.headers_mut().insert(HEADER, last);
        }
        response
    }
}

/// Returns the bookmark in the header: hexadecimal numbers that are separated by hyphens.
fn bookmark(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let is_bookmark = (1..=MAX_BOOKMARK).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_bookmark.then_some(text)
}

fn not_a_bookmark(value: &HeaderValue) -> Problem {
    Problem::bad_request(format!(
        "the value {value:?} of the header {HEADER} is not a bookmark: send the value from your last response, or omit the header"
    ))
}
