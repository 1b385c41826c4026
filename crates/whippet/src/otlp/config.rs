//! Reads the standard variables of an OTLP exporter (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::percent_decode_str;
use url::Url;

use super::encode::Attribute;
use crate::{Config, ConfigError};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// An OpenTelemetry collector: its URL, and the headers and attributes that all export requests share.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// The attributes that describe the service.
    pub(super) resource: Vec<Attribute>,
}

impl Collector {
    /// Returns the configured collector, or `None` if no endpoint is configured.
    pub(super) fn from_config(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some(url) = url(config)? else {
            return Ok(None);
        };
        match config.get(PROTOCOL) {
            None | Some("http/json") => {}
            Some(other) => {
                let reason = format!(
                    "is {other:?}, but this program supports only http/json: remove the variable"
                );
                return Err(ConfigError::new(PROTOCOL, reason));
            }
        }
        Ok(Some(Self {
            url,
            headers: headers(config)?,
            resource: resource(config)?,
        }))
    }
}

/// Returns the endpoint for traces if it is set. Otherwise, appends `/v1/traces` to the endpoint for all signals.
fn url(config: &Config) -> Result<Option<Url>, ConfigError> {
    let (name, text) = match (config.get(TRACES_ENDPOINT), config.get(ENDPOINT)) {
        (Some(url), _) => (TRACES_ENDPOINT, url.to_owned()),
        (None, Some(base)) => (
            ENDPOINT,
            format!("{}/v1/traces", base.trim_end_matches('/')),
        ),
        (None, None) => return Ok(None),
    };
    let url = Url::parse(&text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let given = config.get(name).unwrap_or_default();
    let reason = || format!("is {given:?}, which is not a URL such as http://localhost:4318");
    url.map(Some)
        .ok_or_else(|| ConfigError::new(name, reason()))
}

fn headers(config: &Config) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    for (name, value) in pairs(config, HEADERS)? {
        let value = HeaderValue::from_str(&value).ok();
        // The error does not contain the header's value, which may be a secret.
        let reason =
            || format!("has the header {name:?}, whose name or value is not valid in HTTP");
        let (Ok(name), Some(mut value)) = (name.parse::<HeaderName>(), value) else {
            return Err(ConfigError::new(HEADERS, reason()));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn resource(config: &Config) -> Result<Vec<Attribute>, ConfigError> {
    let mut pairs = pairs(config, RESOURCE)?;
    let attribute = pairs.iter().position(|(name, _)| name == "service.name");
    let attribute = attribute.map(|index| pairs.remove(index).1);
    let service = config.get(SERVICE_NAME).map(str::to_owned).or(attribute);
    // `unknown_service` is the default of the OpenTelemetry specification.
    let service = service.unwrap_or_else(|| "unknown_service".to_owned());
    let required = [
        ("service.name", service.as_str()),
        ("telemetry.sdk.name", "whippet"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    let given = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let all = required.into_iter().chain(given);
    Ok(all
        .map(|(key, value)| Attribute::text(key, value))
        .collect())
}

/// Reads a variable of the form `name=value,name=value` with percent-encoded values.
fn pairs(config: &Config, variable: &'static str) -> Result<Vec<(String, String)>, ConfigError> {
    let text = config.get(variable).unwrap_or_default();
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let pair = |(index, part): (usize, &str)| {
        let decoded = part.split_once('=').and_then(|(name, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            Some((name.trim().to_owned(), value.into_owned()))
        });
        decoded.ok_or_else(|| {
            // The error does not contain the pair, which may include a secret.
            let reason = format!(
                "is not valid at pair {}: write name=value,name=value with percent-encoded values",
                index + 1
            );
            ConfigError::new(variable, reason)
        })
    };
    parts.enumerate().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{Collector, ENDPOINT, HEADERS, PROTOCOL, TRACES_ENDPOINT};
    use crate::Config;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Option<Collector>, String> {
        let config = Config::from_iter(variables);
        Collector::from_config(&config).map_err(|error| error.to_string())
    }

    #[test]
    fn the_path_for_traces_is_appended_to_the_endpoint_for_all_signals() {
        for (variable, value, url) in [
            (
                ENDPOINT,
                "http://localhost:4318",
                "http://localhost:4318/v1/traces",
            ),
            (
                ENDPOINT,
                "https://a.example/otlp/",
                "https://a.example/otlp/v1/traces",
            ),
            (
                TRACES_ENDPOINT,
                "https://a.example/in",
                "https://a.example/in",
            ),
        ] {
            let collector = read([(variable, value)])
                .expect(value)
                .expect("a collector");
            assert_eq!(collector.url.as_str(), url);
        }
        assert!(read([]).expect("no error").is_none());
    }

    #[test]
    fn headers_are_decoded_and_never_printed() {
        let collector = read([
            (ENDPOINT, "http://a"),
            (HEADERS, "x-key=a%20b%3D, x-other = 2"),
        ]);
        let collector = collector.expect("no error").expect("a collector");
        assert_eq!(collector.headers["x-key"], "a b=");
        assert_eq!(collector.headers["x-other"], "2");
        assert!(!format!("{collector:?}").contains("a b="));
    }

    #[test]
    fn errors_name_the_variable_and_contain_no_header_value() {
        for (variables, expected) in [
            (
                [(ENDPOINT, "localhost:4318"), (HEADERS, "")],
                "OTEL_EXPORTER_OTLP_ENDPOINT is \"localhost:4318\"",
            ),
            (
                [(ENDPOINT, "http://a"), (HEADERS, "a=1,hush")],
                "OTEL_EXPORTER_OTLP_HEADERS is not valid at pair 2",
            ),
            (
                [(ENDPOINT, "http://a"), (HEADERS, "é=hush")],
                "OTEL_EXPORTER_OTLP_HEADERS has the header \"é\"",
            ),
            (
                [(ENDPOINT, "http://a"), (PROTOCOL, "grpc")],
                "OTEL_EXPORTER_OTLP_PROTOCOL is \"grpc\"",
            ),
        ] {
            let error = read(variables).expect_err(expected);
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
