//! Sends an outbound request and receives its response within a time limit.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Either, select};

use super::{FetchError, FetchResponse, HttpClient, OutboundRequest};
use crate::Clock;

/// Sends the request, and reads the body of the response up to [`OutboundRequest::response_limit`]. Cancels the request
/// when `timeout` has passed.
///
/// The request succeeds once the head of the response has arrived. If the body of the response then ends early or
/// exceeds the time limit, the returned response contains the part that arrived.
pub(crate) async fn send(
    http: &dyn HttpClient,
    clock: &Clock,
    request: OutboundRequest,
    timeout: Duration,
) -> Result<FetchResponse, FetchError> {
    let limit = request.response_limit;
    let mut time_limit: BoxFuture<'_, ()> = Box::pin(clock.sleep(timeout));
    let response = match select(http.send(request), &mut time_limit).await {
        Either::Left((response, _)) => response?,
        Either::Right(((), _)) => return Err(FetchError::Timeout(timeout)),
    };
    let (head, body) = response.into_parts();
    Ok(FetchResponse {
        status: head.status,
        headers: head.headers,
        body: receive(body, limit, &mut time_limit).await,
    })
}

/// Reads a body until it ends or fails, until `limit` bytes have arrived, or until the future `time_limit` completes.
async fn receive(body: Body, limit: usize, time_limit: &mut BoxFuture<'_, ()>) -> Bytes {
    let mut chunks = body.into_data_stream();
    let mut received = Vec::new();
    while received.len() < limit {
        match select(chunks.next(), &mut *time_limit).await {
            Either::Left((Some(Ok(chunk)), _)) => received.extend_from_slice(&chunk),
            Either::Left((None, _)) => break,
            Either::Left((Some(Err(error)), _)) => {
                tracing::warn!(%error, "the response body of an outbound request ended early");
                break;
            }
            Either::Right(((), _)) => {
                tracing::warn!("the response body of an outbound request exceeded the time limit");
                break;
            }
        }
    }
    received.truncate(limit);
    Bytes::from(received)
}
