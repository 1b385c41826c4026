//! The request id, and one JSON line per request. The module `host` of each app sets up `tracing`, and returns the
//! current time.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::{MakeRequestId, RequestId};
use uuid::Uuid;

use crate::host::now_millis;

#[derive(Clone)]
pub struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        let id = Uuid::new_v4().to_string();
        id.parse().ok().map(RequestId::new)
    }
}

pub async fn log(request: Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::INFO) {
        return next.run(request).await;
    }
    let started = now_millis();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let request_id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    tracing::info!(
        request_id = request_id.as_ref().and_then(|id| id.header_value().to_str().ok()),
        trace_id = %Uuid::new_v4().simple(),
        span_id = &Uuid::new_v4().simple().to_string()[16..],
        route = route.as_ref().map(MatchedPath::as_str),
        method = method.as_str(),
        status = response.status().as_u16(),
        duration_ms = now_millis() - started,
        "request"
    );
    response
}
