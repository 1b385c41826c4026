//! Rules for members of requests, as the Svix API states them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::value::RawValue;
use validator::ValidationError;
use whippet::axum::http::{HeaderName, HeaderValue};

use crate::signing::Secret;

/// The schemas of what the rules below check.
macro_rules! schemas {
    ($($(#[doc = $doc:literal])+ $name:ident = $schema:tt;)*) => {$(
        $(#[doc = $doc])+
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

schemas! {
    /// Of [`identifier`].
    Identifier = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": NAME};
    /// Of [`event_types`].
    EventTypes = {"type": "array", "uniqueItems": true, "minItems": 1,
        "items": {"type": "string", "minLength": 1, "maxLength": 256, "pattern": NAME}};
    /// Of [`endpoint_channels`].
    EndpointChannels = {"type": "array", "uniqueItems": true, "minItems": 1, "maxItems": 10,
        "items": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": NAME}};
    /// Of [`message_channels`].
    MessageChannels = {"type": "array", "uniqueItems": true, "minItems": 1, "maxItems": 5,
        "items": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": NAME}};
    /// Of [`tags`].
    Tags = {"type": "array", "uniqueItems": true, "minItems": 1, "maxItems": 8,
        "items": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": NAME}};
    /// Of [`object`].
    Object = {"type": "object", "additionalProperties": true};
}

/// What [`is_identifier`] lets through, besides the length.
const NAME: &str = "^[a-zA-Z0-9_.-]+$";

fn broken(
    code: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn is_identifier(text: &str, max: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= max && text.bytes().all(allowed)
}

/// A `uid` or event type: 1 to 256 letters, digits, `-`, `_` and `.`.
pub(crate) fn identifier(text: &str) -> Result<(), ValidationError> {
    let message = "must be 1 to 256 letters, digits, `-`, `_` or `.`";
    if is_identifier(text, 256) {
        Ok(())
    } else {
        Err(broken("identifier", message))
    }
}

/// A set of event types: at least one.
pub(crate) fn event_types(names: &BTreeSet<String>) -> Result<(), ValidationError> {
    set(names, usize::MAX, 256)
}

/// The channels of an endpoint: 1 to 10.
pub(crate) fn endpoint_channels(names: &BTreeSet<String>) -> Result<(), ValidationError> {
    set(names, 10, 128)
}

/// The channels of a message: 1 to 5.
pub(crate) fn message_channels(names: &BTreeSet<String>) -> Result<(), ValidationError> {
    set(names, 5, 128)
}

/// The tags of a message: 1 to 8.
pub(crate) fn tags(names: &BTreeSet<String>) -> Result<(), ValidationError> {
    set(names, 8, 128)
}

fn set(names: &BTreeSet<String>, max: usize, length: usize) -> Result<(), ValidationError> {
    if names.is_empty() {
        return Err(broken("length", "must name at least one, or be left out"));
    }
    if names.len() > max {
        return Err(broken(
            "length",
            format!("must name at most {max}, not {}", names.len()),
        ));
    }
    match names.iter().find(|name| !is_identifier(name, length)) {
        Some(name) => {
            let message =
                format!("{name:?} must be 1 to {length} letters, digits, `-`, `_` or `.`");
            Err(broken("identifier", message))
        }
        None => Ok(()),
    }
}

/// A target of deliveries: an absolute `http` or `https` URL.
pub(crate) fn target(text: &str) -> Result<(), ValidationError> {
    let url = url::Url::parse(text).map_err(|error| {
        let hint = if text.is_ascii() {
            ""
        } else {
            "; write a name outside ASCII in its ASCII form, xn--…"
        };
        broken(
            "url",
            format!("must be an absolute URL such as https://example.com/hook: {error}{hint}"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(broken(
            "url",
            format!("must be an http or https URL, not {}", url.scheme()),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(broken(
            "url",
            "must not hold a user name or password; send a header instead",
        ));
    }
    Ok(())
}

/// The class of a status: 0 for none, 100 to 500.
pub(crate) fn status_class(class: u16) -> Result<(), ValidationError> {
    if class.is_multiple_of(100) && class <= 500 {
        Ok(())
    } else {
        Err(broken("enum", "must be 0, 100, 200, 300, 400 or 500"))
    }
}

/// A signing secret: see [`Secret`].
pub(crate) fn secret(text: &str) -> Result<(), ValidationError> {
    text.parse::<Secret>()
        .map(drop)
        .map_err(|error| broken("secret", error.to_string()))
}

/// A payload: a JSON object, kept byte by byte.
pub(crate) fn object(payload: &RawValue) -> Result<(), ValidationError> {
    if payload.get().starts_with('{') {
        Ok(())
    } else {
        Err(broken("object", "must be a JSON object"))
    }
}

/// A member that Relay does not support, and whose meaning it must not pass over.
pub(crate) fn unsupported(_: &str) -> Result<(), ValidationError> {
    Err(broken("unsupported", "is not supported yet; leave it out"))
}

/// Headers sent with each delivery, none of which is the signature's or the connection's.
pub(crate) fn headers(headers: &BTreeMap<String, String>) -> Result<(), ValidationError> {
    const RESERVED: [&str; 9] = [
        "connection",
        "content-length",
        "content-type",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ];
    for (name, value) in headers {
        let parsed = HeaderName::from_str(name)
            .map_err(|_| broken("header", format!("{name:?} is no header name")))?;
        if RESERVED.contains(&parsed.as_str()) || parsed.as_str().starts_with("webhook-") {
            return Err(broken("header", format!("{name:?} is set by Relay")));
        }
        HeaderValue::from_str(value).map_err(|_| {
            broken(
                "header",
                format!("the value of {name:?} is no header value"),
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn international_names_are_taken_in_their_ascii_form_only() {
        for url in [
            "https://BÜCHER.example/",
            "https://bücher.example/",
            "http://１２７.0.0.1/",
        ] {
            assert!(target(url).is_err(), "{url}");
        }
        assert!(target("https://xn--bcher-kva.example/").is_ok());
    }
}
