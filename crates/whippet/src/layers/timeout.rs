//! A limit on how long a response may take.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::future::{self, Either};

use super::layer_service::{Middleware, Next, layer};
use crate::{Context, Problem};

/// Responds 503 if the handler takes longer than the limit. The host's clock measures the time.
///
/// When the limit is reached, the handler is dropped at the `.await` where it waits, and the code after this `.await`
/// does not run. A batch of SQL statements still takes effect as a whole or not at all. The limit covers only the time
/// until the handler returns a response, so a streamed body may take longer. Code between two `.await`s cannot be
/// interrupted.
///
/// ```
/// use std::time::Duration;
/// use whippet::layers::Timeout;
/// use whippet::routing::get;
/// use whippet::testing::TestApp;
/// use whippet::{App, Clock};
///
/// async fn slow(clock: Clock) -> &'static str {
///     clock.sleep(Duration::from_secs(60)).await;
///     "done"
/// }
///
/// fn app() -> App {
///     App::new()
///         .route("/slow", get(slow))
///         .layer(Timeout::after(Duration::from_secs(10)))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(app())).await;
/// let (response, _) = tokio::join!(app.get("/slow"), app.advance("10s"));
/// response.assert_problem(503, "timeout");
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timeout(Duration);

impl Timeout {
    /// Creates the layer with this limit.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self(limit)
    }
}

layer! { Timeout }

impl Middleware for Timeout {
    async fn respond(&self, request: Request, context: Context, next: Next) -> Response {
        let clock = context.clock();
        let limit = Box::pin(clock.sleep(self.0));
        match future::select(next(request), limit).await {
            Either::Left((response, _)) => response,
            Either::Right(((), _)) => {
                let detail = "the response took too long; retry later";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail).into_response()
            }
        }
    }
}
