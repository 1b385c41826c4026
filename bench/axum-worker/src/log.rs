//! The request id, and one JSON line per request.

use axum::{extract::MatchedPath, middleware::Next, response::Response};
use http::Request;
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing_subscriber::{
    filter::LevelFilter, fmt::time::UtcTime, layer::SubscriberExt, util::SubscriberInitExt,
};
use uuid::Uuid;
use worker::{Date, Env};

#[derive(Clone)]
pub struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = Uuid::new_v4().to_string();
        id.parse().ok().map(RequestId::new)
    }
}

pub fn set_up(env: &Env) {
    let logs = env.var("LOG_LEVEL").is_ok_and(|level| level.to_string() == "info");
    let level = if logs { LevelFilter::INFO } else { LevelFilter::WARN };
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_ansi(false)
        .with_timer(UtcTime::rfc_3339())
        .with_writer(tracing_web::MakeWebConsoleWriter::new());
    tracing_subscriber::registry().with(layer).with(level).init();
}

pub async fn log(request: axum::extract::Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::INFO) {
        return next.run(request).await;
    }
    let started = Date::now().as_millis();
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
        duration_ms = Date::now().as_millis() - started,
        "request"
    );
    response
}
