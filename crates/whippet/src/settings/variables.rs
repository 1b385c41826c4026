//! The variables that Whippet itself reads.

use super::Variable;

macro_rules! variables {
    ($($(#[doc = $doc:literal])+ $name:literal $($default:literal)? $(($secret:ident))?;)*) => {
        /// The variables that Whippet itself reads on every host. On the native host, Whippet also reads the variables
        /// of its server, such as `PORT` and `DATABASE`.
        pub const VARIABLES: &[Variable] = &[$(
            Variable {
                name: $name,
                doc: concat!($($doc),+).trim_ascii(),
                default: variables!(@default $($default)?),
                is_required: false,
                is_secret: variables!(@secret $($secret)?),
            }
        ),*];
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@secret) => { false };
    (@secret secret) => { true };
}

variables! {
    /// The minimum level of log lines: error, warn, info, debug or trace. Levels for single targets may follow, as in
    /// info,whippet::tasks=debug.
    "LOG_LEVEL" "info";
    /// The share of successful requests that is logged, from 0 to 1.
    "LOG_SAMPLE" "1";
    /// The names of further fields whose values the log hides.
    "LOG_REDACT";
    /// The maximum length of a log line, in bytes.
    "LOG_LINE_BYTES" "4096";
    /// Whether callers decide which traces are sampled: true or false.
    "TRACE_TRUST_CALLERS" "false";
    /// The URL of an OpenTelemetry collector, for programs with the feature `otlp`.
    "OTEL_EXPORTER_OTLP_ENDPOINT";
    /// Like OTEL_EXPORTER_OTLP_ENDPOINT, but for traces only.
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    /// The headers of requests to the collector, as name=value, separated by commas.
    "OTEL_EXPORTER_OTLP_HEADERS" (secret);
    /// The protocol of the collector; only http/json is supported.
    "OTEL_EXPORTER_OTLP_PROTOCOL";
    /// The name of the service in traces.
    "OTEL_SERVICE_NAME";
    /// Further attributes of the service in traces, as name=value, separated by commas.
    "OTEL_RESOURCE_ATTRIBUTES";
    /// The URL of an S3-compatible store, for programs with the feature `s3`: `Blobs` then stores objects in a bucket.
    "S3_ENDPOINT";
    /// The region of the bucket.
    "S3_REGION" "us-east-1";
    /// The name of the bucket.
    "S3_BUCKET";
    /// The id of the access key of the bucket.
    "S3_ACCESS_KEY_ID";
    /// The secret of the access key of the bucket.
    "S3_SECRET_ACCESS_KEY" (secret);
    /// Whether the name of the bucket is part of the host of a URL, instead of its path: true or false.
    "S3_VIRTUAL_HOST" "false";
    /// The key for `POST /_whippet/sweep`, which runs due tasks. Without a key, this route does not exist.
    "SWEEP_KEY" (secret);
}
