//! Rules for members of requests, as the Svix API states them. Each is a type, which says what is checked and what the
//! document shows; a member of it is checked by `#[validate(nested)]`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BinaryHeap};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use validator::{Validate, ValidationError, ValidationErrors};
use whippet::axum::http::{HeaderName, HeaderValue};

use crate::signing::Secret;

/// `Name(what is read) = its schema, its check;`
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident $(<$(const $limit:ident),+>)? ($value:ty) = $schema:expr, $check:expr;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Deserialize, Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name $(<$(const $limit: usize),+>)? (pub(crate) $value);

        impl $(<$(const $limit: usize),+>)? Validate for $name $(<$($limit),+>)? {
            fn validate(&self) -> Result<(), ValidationErrors> {
                let check: fn(&$value) -> Result<(), ValidationError> = $check;
                check(&self.0).map_err(of_the_whole)
            }
        }

        impl $(<$(const $limit: usize),+>)? JsonSchema for $name $(<$($limit),+>)? {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

rules! {
    /// A name for programs: 1 to `MAX` letters, digits, `-`, `_` and `.`.
    Name<const MAX>(String) = json_schema!({"type": "string", "minLength": 1, "maxLength": MAX, "pattern": NAME}),
        |text| name(text, MAX);

    /// A set of 1 to `MOST` names, each of at most `MAX` characters.
    Names<const MOST, const MAX>(Vec<String>) = names_schema(MOST, MAX), |set| names(set, MOST, MAX);

    /// Where deliveries go: an absolute `http` or `https` URL.
    Target(String) = json_schema!({"type": "string", "format": "uri", "minLength": 1, "maxLength": MAX_URL,
        "pattern": "^[hH][tT][tT][pP][sS]?://"}), |text| target(text);

    /// The class of a status: 0 for none, 100 to 500.
    StatusClass(u16) = json_schema!({"type": "integer", "enum": STATUS_CLASSES}), |class| status_class(*class);

    /// A signing secret: see [`Secret`].
    SecretText(String) = json_schema!({"type": "string", "pattern": "^(whsec_)?[A-Za-z0-9+/]+={0,2}$"}), |text| secret(text);

    /// A payload: a JSON object, kept byte by byte.
    Object(Box<RawValue>) = json_schema!({"type": "object", "additionalProperties": true}), |payload| object(payload);

    /// A member that Relay does not support, and whose meaning it must not pass over.
    Unsupported(String) = json_schema!({"type": "null"}), |_| Err(broken("unsupported", "is not supported yet; leave it out"));

    /// Headers sent with each delivery, none of which is the signature's or the connection's.
    Headers(BTreeMap<String, String>) = json_schema!({"type": "object", "additionalProperties": {"type": "string"}}), headers;
}

/// A `uid`, event id or event type.
pub(crate) type Identifier = Name<256>;

/// A set of event types, of any size.
pub(crate) type EventTypes = Names<{ usize::MAX }, 256>;

/// A set of channels or tags: at most `MOST`.
pub(crate) type Words<const MOST: usize> = Names<MOST, 128>;

/// What [`name`] lets through, besides the length.
const NAME: &str = "^[a-zA-Z0-9_.-]+$";

/// The longest target, in characters.
const MAX_URL: usize = 65536;

const STATUS_CLASSES: [u16; 6] = [0, 100, 200, 300, 400, 500];

/// An error about the member itself, and none of its own members: `validator` files it under this name.
fn of_the_whole(error: ValidationError) -> ValidationErrors {
    let mut errors = ValidationErrors::new();
    errors.add("__all__", error);
    errors
}

fn broken(code: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn is_name(text: &str, max: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= max && text.bytes().all(allowed)
}

fn name(text: &str, max: usize) -> Result<(), ValidationError> {
    if is_name(text, max) {
        return Ok(());
    }
    let message = format!("must be 1 to {max} letters, digits, `-`, `_` or `.`");
    Err(broken("identifier", message))
}

fn names_schema(most: usize, max: usize) -> Schema {
    let item = json_schema!({"type": "string", "minLength": 1, "maxLength": max, "pattern": NAME});
    let mut schema =
        json_schema!({"type": "array", "uniqueItems": true, "minItems": 1, "items": item});
    if most < usize::MAX {
        schema.insert("maxItems".to_owned(), most.into());
    }
    schema
}

fn names(names: &[String], most: usize, max: usize) -> Result<(), ValidationError> {
    if names.is_empty() {
        return Err(broken("length", "must name at least one, or be left out"));
    }
    if names.len() > most {
        return Err(broken(
            "length",
            format!("must name at most {most}, not {}", names.len()),
        ));
    }
    if let Some(name) = names.iter().find(|name| !is_name(name, max)) {
        let message = format!("{name:?} must be 1 to {max} letters, digits, `-`, `_` or `.`");
        return Err(broken("identifier", message));
    }
    let sorted = names.iter().collect::<BinaryHeap<_>>().into_sorted_vec();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(broken(
            "unique",
            format!("must not name {:?} twice", pair[0]),
        )),
        None => Ok(()),
    }
}

fn target(text: &str) -> Result<(), ValidationError> {
    if text.chars().count() > MAX_URL {
        let message = format!("must be at most {MAX_URL} characters");
        return Err(broken("length", message));
    }
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

fn status_class(class: u16) -> Result<(), ValidationError> {
    if STATUS_CLASSES.contains(&class) {
        Ok(())
    } else {
        Err(broken("enum", "must be 0, 100, 200, 300, 400 or 500"))
    }
}

fn secret(text: &str) -> Result<(), ValidationError> {
    text.parse::<Secret>()
        .map(drop)
        .map_err(|error| broken("secret", error.to_string()))
}

fn object(payload: &RawValue) -> Result<(), ValidationError> {
    if payload.get().starts_with('{') {
        Ok(())
    } else {
        Err(broken("object", "must be a JSON object"))
    }
}

fn headers(headers: &BTreeMap<String, String>) -> Result<(), ValidationError> {
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
