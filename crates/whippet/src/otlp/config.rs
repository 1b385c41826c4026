//! The standard variables of an OTLP exporter (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

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

/// A collector, and what it is told with every batch.
#[derive(Debug)]
pub(super) struct Exporter {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) resource: Vec<Attribute>,
}

impl Exporter {
    /// None without an endpoint.
    pub(super) fn from_config(config: &Config) -> Result<Option<Self>, ConfigError> {
        let Some(url) = url(config)? else {
            return Ok(None);
        };
        match config.get(PROTOCOL) {
            None | Some("http/json") => {}
            Some(other) => {
                let why =
                    format!("is {other:?}: this program speaks http/json; leave the variable out");
                return Err(ConfigError::new(PROTOCOL, why));
            }
        }
        Ok(Some(Self {
            url,
            headers: headers(config)?,
            resource: resource(config)?,
        }))
    }
}

/// The endpoint of traces as it is, or that of all signals with its path added.
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
    let why = || format!("is {given:?}, no URL such as http://localhost:4318");
    url.map(Some).ok_or_else(|| ConfigError::new(name, why()))
}

fn headers(config: &Config) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    for (name, value) in pairs(config, HEADERS)? {
        let value = HeaderValue::from_str(&value).ok();
        // The value may be a secret.
        let why = || format!("names {name:?}, which is no header, or its value is none");
        let (Ok(name), Some(mut value)) = (name.parse::<HeaderName>(), value) else {
            return Err(ConfigError::new(HEADERS, why()));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn resource(config: &Config) -> Result<Vec<Attribute>, ConfigError> {
    let mut pairs = pairs(config, RESOURCE)?;
    let named = pairs.iter().position(|(name, _)| name == "service.name");
    let named = named.map(|at| pairs.remove(at).1);
    let name = config.get(SERVICE_NAME).map(str::to_owned).or(named);
    // The default of the specification.
    let name = name.unwrap_or_else(|| "unknown_service".to_owned());
    let of_sdk = [
        ("service.name", name.as_str()),
        ("telemetry.sdk.name", "whippet"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    let given = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let all = of_sdk.into_iter().chain(given);
    Ok(all
        .map(|(key, value)| Attribute::text(key, value))
        .collect())
}

/// `name=value,name=value`, values percent-encoded.
fn pairs(config: &Config, variable: &'static str) -> Result<Vec<(String, String)>, ConfigError> {
    let text = config.get(variable).unwrap_or_default();
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let pair = |(at, part): (usize, &str)| {
        let decoded = part.split_once('=').and_then(|(name, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            Some((name.trim().to_owned(), value.into_owned()))
        });
        decoded.ok_or_else(|| {
            let why = format!(
                "is wrong at part {}: write name=value,name=value, values percent-encoded",
                at + 1
            );
            ConfigError::new(variable, why)
        })
    };
    parts.enumerate().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{ENDPOINT, Exporter, HEADERS, PROTOCOL, TRACES_ENDPOINT};
    use crate::Config;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Option<Exporter>, String> {
        let config = Config::from_iter(variables);
        Exporter::from_config(&config).map_err(|error| error.to_string())
    }

    #[test]
    fn the_path_of_traces_is_added_to_the_endpoint_of_all_signals() {
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
            let exporter = read([(variable, value)])
                .expect(value)
                .expect("an exporter");
            assert_eq!(exporter.url.as_str(), url);
        }
        assert!(read([]).expect("nothing wrong").is_none());
    }

    #[test]
    fn headers_are_decoded_and_never_shown() {
        let exporter = read([
            (ENDPOINT, "http://a"),
            (HEADERS, "x-key=a%20b%3D, x-other = 2"),
        ]);
        let exporter = exporter.expect("no error").expect("an exporter");
        assert_eq!(exporter.headers["x-key"], "a b=");
        assert_eq!(exporter.headers["x-other"], "2");
        assert!(!format!("{exporter:?}").contains("a b="));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (variables, said) in [
            (
                [(ENDPOINT, "localhost:4318"), (HEADERS, "")],
                "OTEL_EXPORTER_OTLP_ENDPOINT is \"localhost:4318\"",
            ),
            (
                [(ENDPOINT, "http://a"), (HEADERS, "a=1,hush")],
                "OTEL_EXPORTER_OTLP_HEADERS is wrong at part 2",
            ),
            (
                [(ENDPOINT, "http://a"), (HEADERS, "é=hush")],
                "OTEL_EXPORTER_OTLP_HEADERS names \"é\"",
            ),
            (
                [(ENDPOINT, "http://a"), (PROTOCOL, "grpc")],
                "OTEL_EXPORTER_OTLP_PROTOCOL is \"grpc\"",
            ),
        ] {
            let error = read(variables).expect_err(said);
            assert!(error.contains(said) && !error.contains("hush"), "{error}");
        }
    }
}
