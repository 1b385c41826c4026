//! Replaces the span exporter in programs that are built without the feature `otlp`.

use std::convert::Infallible;
use std::error::Error;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use url::Url;

use crate::scope::Scope;
use crate::trace::TraceContext;
use crate::{Config, ConfigError, Random, Timestamp};

/// A span exporter that is always disabled.
#[derive(Debug)]
pub(crate) struct SpanExporter;

impl SpanExporter {
    pub(crate) fn from_config(config: &Config, _: Random) -> Result<Self, ConfigError> {
        if config.get("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this program was built without the feature `otlp`"
            );
        }
        Ok(Self)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        false
    }

    pub(crate) fn has_pending(&self) -> bool {
        false
    }

    pub(crate) fn start_call(&self, _: &Scope) -> Option<TraceContext> {
        None
    }

    pub(crate) fn add_request(&self, _: &Scope, _: &Response, _: Option<Timestamp>) {}

    pub(crate) fn add_attempt(&self, _: &Scope, _: Option<&dyn Error>, _: Option<Timestamp>) {}

    pub(crate) fn add_call(
        &self,
        _: &TraceContext,
        _: (&Method, &Url),
        _: [Option<Timestamp>; 2],
        _: Result<StatusCode, &dyn Error>,
    ) {
    }

    pub(crate) fn start_delay(&self) -> Option<DelayGuard> {
        None
    }

    pub(crate) fn next_batch(&self) -> Option<Batch<'_>> {
        None
    }

    pub(crate) fn retry_or_drop(&self, batch: Batch<'_>, _: bool) {
        match batch {
            Batch::_Never(_, never) => match never {},
        }
    }
}

/// A batch of spans. Without the feature `otlp`, no batch is ever created.
#[derive(Debug)]
pub(crate) enum Batch<'a> {
    /// A variant without values, which gives `Batch` a lifetime parameter. If the feature `otlp` is on, `Batch` has
    /// this parameter too.
    _Never(&'a Infallible, Infallible),
}

impl Batch<'_> {
    pub(crate) fn len(&self) -> usize {
        match *self {
            Self::_Never(_, never) => match never {},
        }
    }

    pub(crate) fn request(&self) -> (Url, HeaderMap, Bytes) {
        match *self {
            Self::_Never(_, never) => match never {},
        }
    }
}

/// A placeholder for the guard that delays an export. Without the feature `otlp`, no guard is ever created.
#[derive(Debug)]
pub(crate) enum DelayGuard {}

impl DelayGuard {
    pub(crate) fn end(self) {
        match self {}
    }
}
