//! Sending spans to an OpenTelemetry collector. Without the feature `otlp` there never are any.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use futures_util::future::{Either, select};

use crate::fetch::OutboundRequest;
use crate::otlp::Batch;
use crate::{Context, FetchError};

/// How long the first span of a batch waits for others.
const DELAY: Duration = Duration::from_secs(1);

/// How long the collector may take to respond (default of `OTEL_EXPORTER_OTLP_TIMEOUT` in the OpenTelemetry specification).
const TIMEOUT: Duration = Duration::from_secs(10);

/// Waits for more spans, then exports all. Returns at once while another call waits.
pub(crate) async fn export_spans_soon(context: &Context) {
    let Some(turn) = context.spans().start_waiting() else {
        return;
    };
    context.clock().sleep(DELAY).await;
    drop(turn);
    export_spans(context).await;
}

/// Exports the spans. After a temporary failure they stay for the next call; any other failure is logged and drops them.
pub(crate) async fn export_spans(context: &Context) {
    while let Some(batch) = context.spans().next_batch() {
        let Err((why, is_temporary)) = send(&batch, context).await else {
            continue;
        };
        let spans = batch.len();
        tracing::warn!(error = why, spans, is_temporary, "spans were not exported");
        context.spans().rejected(batch, is_temporary);
        return;
    }
}

/// Sends a batch; an error says why it was not accepted, and whether it may be later.
async fn send(batch: &Batch<'_>, context: &Context) -> Result<(), (String, bool)> {
    let (url, headers, body) = batch.request();
    let request = OutboundRequest {
        method: Method::POST,
        url,
        headers,
        body,
        response_limit: 1024,
        // The operator configures the collector, which may be in a private network.
        allow_private: true,
    };
    let host = context.host();
    match select(host.http.send(request), host.clock.sleep(TIMEOUT)).await {
        Either::Left((Ok(response), _)) if response.status.is_success() => Ok(()),
        Either::Left((Ok(response), _)) => {
            let text = String::from_utf8_lossy(&response.body);
            let why = format!("the collector responded {}: {text}", response.status);
            Err((why, may_be_repeated(response.status)))
        }
        Either::Left((Err(error), _)) => Err((error.to_string(), true)),
        Either::Right(((), _)) => Err((FetchError::Timeout(TIMEOUT).to_string(), true)),
    }
}

/// OTLP specification, "Retryable Response Codes".
fn may_be_repeated(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
