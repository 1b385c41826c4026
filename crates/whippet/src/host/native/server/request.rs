//! Passes requests from hyper to the app, and responses from the app to hyper.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, Version, header};
use axum::response::IntoResponse;
use futures_util::future::{BoxFuture, join_all};
use hyper::body::{Body as _, Incoming};

use super::Shared;
use super::activity::{Activity, ConnectionHandle};
use super::body::{RequestBody, ResponseBody};
use crate::{Problem, Service};

/// Handles one request of a connection.
pub(super) async fn handle(
    service: Service,
    shared: Arc<Shared>,
    activity: Arc<Activity>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let in_flight = activity.start();
    let response = match check_host(request.version(), request.headers()) {
        Ok(()) => {
            let request = receive(&shared, &activity, request);
            let permit = Arc::clone(&shared.requests).acquire_owned().await;
            let connection = Arc::clone(&activity);
            let handler: BoxFuture<'static, _> = Box::pin(async move {
                let response = service.handle(request).await;
                drop(permit);
                let work = service.work_after_response();
                if !work.is_empty() {
                    let in_flight = connection.start();
                    tokio::spawn(async move {
                        join_all(work).await;
                        drop(in_flight);
                    });
                }
                response
            });
            Uninterrupted {
                handler: Some(handler),
                activity,
            }
            .await
        }
        Err(problem) => problem.into_response(),
    };
    let is_event_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    let end = is_event_stream.then(|| {
        let shutdown = shared.shutdown.clone();
        Box::pin(async move { shutdown.started().await }) as _
    });
    Ok(response.map(|body| ResponseBody::new(body, end, in_flight)))
}

fn receive(
    shared: &Shared,
    activity: &Arc<Activity>,
    mut request: Request<Incoming>,
) -> Request<Body> {
    let is_http2 = request.version() >= Version::HTTP_2;
    // An HTTP/2 request has `:authority` instead of `Host` (RFC 9113 section 8.3.1).
    let authority = request.uri().authority().filter(|_| is_http2);
    let host = authority.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    let handle = ConnectionHandle(Arc::clone(activity));
    request.extensions_mut().insert(handle);
    // On HTTP/2, the unread rest of the body need not be discarded, because the server can reset a single stream. If
    // the request has the header `Expect`, the client waits for a 100 response before it sends the body, so there is no
    // rest to discard.
    let discards_rest = !is_http2 && !request.headers().contains_key(header::EXPECT);
    let discard_for = discards_rest.then(|| Arc::clone(activity));
    let time_limit = shared.limits.body;
    request.map(|body| {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(RequestBody::new(body, time_limit, discard_for))
    })
}

/// Rejects an HTTP/1.1 request that does not have exactly one `Host` header, and any other request that has several
/// `Host` headers (RFC 9112 section 3.2).
fn check_host(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(Problem::bad_request(
            "the request has several Host headers: send one",
        ));
    }
    if first.is_none() && version == Version::HTTP_11 {
        return Err(Problem::bad_request(
            "the request has no Host header: send one",
        ));
    }
    Ok(())
}

/// Runs a handler to completion, even if the client disconnects. hyper drops the future of a request when the client
/// disconnects. Without `Uninterrupted`, the handler could stop, for example, between a commit and the wake-up of the
/// task runner.
struct Uninterrupted<T: Send + 'static> {
    handler: Option<BoxFuture<'static, T>>,
    activity: Arc<Activity>,
}

impl<T: Send + 'static> Future for Uninterrupted<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(handler) = &mut self.handler else {
            return Poll::Pending;
        };
        let polled = handler.as_mut().poll(cx);
        if polled.is_ready() {
            self.handler = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Uninterrupted<T> {
    fn drop(&mut self) {
        if let Some(handler) = self.handler.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let in_flight = self.activity.start();
            runtime.spawn(async move {
                drop(handler.await);
                drop(in_flight);
            });
        }
    }
}
