//! No exporter: the program was built without the feature `otlp`.

use axum::http::Method;
use axum::response::Response;
use url::Url;

use crate::scope::Scope;
use crate::trace::Trace;
use crate::{Config, ConfigError, Context, FetchError, FetchResponse, TaskError, Timestamp};

/// None, and none wanted.
#[derive(Debug)]
pub(crate) struct Spans;

impl Spans {
    pub(crate) fn from_config(config: &Config) -> Result<Self, ConfigError> {
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

    pub(crate) fn call(&self, _: &Scope, _: &Context) -> Option<Trace> {
        None
    }

    pub(crate) fn add_request(&self, _: &Scope, _: &Response, _: Option<Timestamp>) {}

    pub(crate) fn add_attempt(&self, _: &Scope, _: Option<&TaskError>, _: Option<Timestamp>) {}

    pub(crate) fn add_call(
        &self,
        _: &Trace,
        _: (&Method, &Url),
        _: [Option<Timestamp>; 2],
        _: &Result<FetchResponse, FetchError>,
    ) {
    }

    pub(crate) async fn send(&self, _: &Context) {}

    pub(crate) async fn send_soon(&self, _: &Context) {}
}
