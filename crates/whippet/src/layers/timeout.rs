//! A limit on how long an answer takes.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::future::{self, Either};

use super::around::{Middleware, Next, layer};
use crate::{Context, Problem};

/// Answers 503 when there is no answer after so long, by the host's clock.
///
/// The handler is dropped where it waits: a batch takes effect as a whole or not at all, and what comes after the wait is not
/// done. An answer that has begun is not cut off, however long its body takes. Between two waits a handler cannot be stopped.
#[derive(Debug, Clone, Copy)]
pub struct Timeout(Duration);

impl Timeout {
    /// The layer with this limit.
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
                let detail = "the answer took too long; try again later";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail).into_response()
            }
        }
    }
}
