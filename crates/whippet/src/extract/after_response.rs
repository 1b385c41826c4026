//! Work after the response.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Argument;
use crate::routing::Reads;
use crate::scope::Scope;
use crate::{Context, Problem};

/// Runs work after the response to the request, even if the handler fails. The work can clean up a value that a
/// dependency has created, or do something that the client need not wait for.
///
/// The work starts once the handler has returned its response, or another argument has rejected the request. The body
/// of a streamed response may still be in flight when the work starts. Work that was added last runs first, so a
/// dependency is cleaned up before the dependencies that it uses. In a task, the work runs after the attempt.
///
/// The work is lost if the program ends before the work runs. This happens if a WebAssembly instance traps. On Spin, it
/// also happens if the client disconnects before the handler has returned. On Workers, the work can take at most 30 s
/// after the response. For work that must not be lost, use a [task](mod@crate::tasks). If the work fails, its error is
/// logged with the id of the request.
///
/// ```
/// use whippet::extract::AfterResponse;
/// use whippet::testing::TestApp;
/// use whippet::{App, Db, Migration, Migrations, Problem, dependency, post, query, routes};
///
/// /// The right to write the report, which only one request at a time can have.
/// #[derive(Clone)]
/// struct Lock;
///
/// #[dependency]
/// async fn lock(after: AfterResponse, db: Db) -> Result<Lock, Problem> {
///     let taken = query("update lock set is_taken = 1 where not is_taken").execute(&db).await?;
///     if taken == 0 {
///         return Err(Problem::conflict("the report is being written"));
///     }
///     after.run(async move {
///         query("update lock set is_taken = 0").execute(&db).await?;
///         Ok(())
///     });
///     Ok(Lock)
/// }
///
/// #[post("/report")]
/// async fn write_report(_: Lock) -> Result<(), Problem> {
///     Err(Problem::internal("the report cannot be written"))
/// }
///
/// # const MIGRATIONS: Migrations = Migrations::new(&[Migration {
/// #     name: "0001_lock.sql",
/// #     sql: "create table lock (is_taken integer not null); insert into lock values (0);",
/// # }]);
/// # whippet::testing::block_on(async {
/// let app = App::new().migrations(MIGRATIONS).routes(routes![write_report]);
/// let app = TestApp::new(|_| Ok(app)).await;
/// app.post("/report").await.assert_status(500);
/// app.post("/report").await.assert_status(500); // not 409: the lock was released
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct AfterResponse(Option<Arc<Scope>>);

impl AfterResponse {
    /// Adds work that runs after the response.
    pub fn run(&self, work: impl Future<Output = Result<(), Problem>> + Send + 'static) {
        if let Some(scope) = &self.0 {
            scope.after.add(Box::pin(work));
        }
    }
}

impl FromRequestParts<Context> for AfterResponse {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _: &mut Parts,
        context: &Context,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Self(context.scope().cloned()))
    }
}

impl Argument for AfterResponse {
    const READS: Reads = Reads::Nothing;
}
