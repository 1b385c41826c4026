//! Sends spans to an OpenTelemetry collector. Without the feature `otlp` there are no spans.

use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::Context;
use crate::fetch::{self, OutboundRequest};
use crate::otlp::Batch;

/// Before an export, the exporter waits this long for more spans.
const DELAY: Duration = Duration::from_secs(1);

/// The timeout of an export request. The OpenTelemetry specification has this default for `OTEL_EXPORTER_OTLP_TIMEOUT`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Waits for more spans, and exports all queued spans. Returns immediately if another call is already waiting for more
/// spans.
pub(crate) async fn export_spans_soon(context: &Context) {
    let Some(delay) = context.span_exporter().start_delay() else {
        return;
    };
    context.clock().sleep(DELAY).await;
    delay.end();
    export_spans(context).await;
}

/// Exports the queued spans, and logs an error if the export fails. After a temporary failure, the spans that were not
/// exported stay queued for the next export. After any other failure, the spans of the failed batch are dropped.
pub(crate) async fn export_spans(context: &Context) {
    while let Some(batch) = context.span_exporter().next_batch() {
        let Err((reason, is_temporary)) = send(&batch, context).await else {
            continue;
        };
        let spans = batch.len();
        tracing::warn!(
            error = reason,
            spans,
            is_temporary,
            "spans were not exported"
        );
        context.span_exporter().retry_or_drop(batch, is_temporary);
        return;
    }
}

/// Sends a batch of spans to the collector. The error has two parts: the reason for the failure, and a flag that is
/// true if the failure is temporary.
async fn send(batch: &Batch<'_>, context: &Context) -> Result<(), (String, bool)> {
    let (url, headers, body) = batch.request();
    let request = OutboundRequest {
        method: Method::POST,
        url,
        headers,
        body,
        response_limit: 1024,
        // The operator configures the collector, so the collector is allowed to be in a private network.
        allow_private: true,
    };
    match fetch::send(&*context.host().http, &context.clock(), request, TIMEOUT).await {
        Ok(response) if response.status.is_success() => Ok(()),
        Ok(response) => {
            let text = String::from_utf8_lossy(&response.body);
            let reason = format!("the collector responded {}: {text}", response.status);
            Err((reason, is_retryable(response.status)))
        }
        Err(error) => Err((error.to_string(), true)),
    }
}

/// Returns whether a response with this status means a temporary failure (OTLP specification, "Retryable Response
/// Codes").
fn is_retryable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
