//! No exporter: the program was built without the feature `otlp`.

use std::convert::Infallible;
use std::error::Error;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use url::Url;

use crate::scope::Scope;
use crate::trace::Trace;
use crate::{Config, ConfigError, Random, Timestamp};

/// None, and none wanted.
#[derive(Debug)]
pub(crate) struct Spans;

impl Spans {
    pub(crate) fn from_config(config: &Config, _: Random) -> Result<Self, ConfigError> {
        if config.get("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, and this program was built without the feature `otlp`"
            );
        }
        Ok(Self)
    }

    pub(crate) fn are_wanted(&self) -> bool {
        false
    }

    pub(crate) fn are_waiting(&self) -> bool {
        false
    }

    pub(crate) fn start_call(&self, _: &Scope) -> Option<Trace> {
        None
    }

    pub(crate) fn add_request(&self, _: &Scope, _: &Response, _: Option<Timestamp>) {}

    pub(crate) fn add_attempt(&self, _: &Scope, _: Option<&dyn Error>, _: Option<Timestamp>) {}

    pub(crate) fn add_call(
        &self,
        _: &Trace,
        _: (&Method, &Url),
        _: [Option<Timestamp>; 2],
        _: Result<StatusCode, &dyn Error>,
    ) {
    }

    pub(crate) fn start_waiting(&self) -> Option<Turn> {
        None
    }

    pub(crate) fn next_batch(&self) -> Option<Batch<'_>> {
        None
    }

    pub(crate) fn rejected(&self, batch: Batch<'_>, _: bool) {
        match batch {
            Batch::_Never(_, never) => match never {},
        }
    }
}

/// Spans to export: never any.
#[derive(Debug)]
pub(crate) enum Batch<'a> {
    /// Gives the type the lifetime that it has with the feature.
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

/// The turn to export: never taken.
#[derive(Debug)]
pub(crate) enum Turn {}
