//! The limit on the size of a request body. The limit applies to everything that reads the body: extractors of Whippet
//! and of axum, layers, and handlers that stream the body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};

use super::body::{OverLimit, check_content_length, read_error};
use crate::scope::Scope;

/// The default limit of axum's own extractors. [`limit_body`] disables this limit if it is below the limit of the app.
const AXUM_LIMIT: usize = 2_097_152;

/// Limits the body of a request to `limit` bytes. Reading a longer body fails with [`OverLimit`].
pub(crate) fn limit_body(request: &mut Request, limit: usize, scope: &Arc<Scope>) {
    if request.body().is_end_stream() {
        return;
    }
    let is_over = check_content_length(request.headers(), limit).is_err();
    let body = LimitedBody {
        body: std::mem::take(request.body_mut()),
        remaining: (!is_over).then_some(limit),
        limit,
        scope: Arc::clone(scope),
    };
    *request.body_mut() = Body::new(body);
    if limit > AXUM_LIMIT {
        DefaultBodyLimit::disable().apply(request);
    }
}

/// Replaces the response of an axum extractor that could not read the body. The new response is a problem document that
/// states the reason. Returns every other response unchanged.
pub(crate) fn with_body_problem(response: Response, scope: &Scope) -> Response {
    let is_rejection = matches!(
        response.status(),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE
    );
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_text = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    match scope.take_body_problem() {
        Some(problem) if is_rejection && is_text => problem.into_response(),
        _ => response,
    }
}

/// The body of a request. If the body cannot be read, `LimitedBody` stores the reason in the request's scope.
struct LimitedBody {
    body: Body,
    /// How many more bytes may be read; `None` if the header `Content-Length` is over the limit.
    remaining: Option<usize>,
    limit: usize,
    scope: Arc<Scope>,
}

impl LimitedBody {
    /// Counts the bytes of a frame. Fails if this frame takes the body over the limit.
    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let remaining = self.remaining.and_then(|bytes| bytes.checked_sub(length));
        self.remaining = Some(remaining.ok_or_else(|| Error::new(OverLimit))?);
        Ok(frame)
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let frame = match this.remaining {
            Some(_) => ready!(Pin::new(&mut this.body).poll_frame(cx)),
            None => Some(Err(Error::new(OverLimit))),
        };
        let frame = frame.map(|frame| frame.and_then(|frame| this.count(frame)));
        if let Some(Err(error)) = &frame {
            this.scope.set_body_problem(read_error(error, this.limit));
            this.body = Body::empty();
            this.remaining = Some(0);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.remaining.is_some() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
