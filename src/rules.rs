//! The Svix API's validation rules for the fields of requests. Each rule is a type with a check and a JSON Schema.
//! `#[validate(nested)]` on a field of that type runs the check.

mod headers;
mod target;

use std::borrow::Cow;
use std::collections::{BTreeMap, BinaryHeap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use validator::{Validate, ValidationError, ValidationErrors};
use whippet::sql::ToParameter;
use whippet::{DbError, Value};

use crate::id;
use crate::signing::Secret;
use headers::headers;
use target::{MAX_URL, target_url};

/// Defines rules: `Name(type of the value) = schema, check;`
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident $(<$(const $limit:ident),+>)? ($value:ty) = $schema:expr, $check:expr;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Deserialize, Serialize)]
        #[serde(transparent)]
        pub(crate) struct $name $(<$(const $limit: usize),+>)? (pub(crate) $value);

        impl $(<$(const $limit: usize),+>)? Validate for $name $(<$($limit),+>)? {
            fn validate(&self) -> Result<(), ValidationErrors> {
                let check: fn(&$value) -> Result<(), ValidationError> = $check;
                check(&self.0).map_err(whole_field)
            }
        }

        impl<$($(const $limit: usize,)+)? P> ToParameter<P> for $name $(<$($limit),+>)?
        where
            $value: ToParameter<P>,
        {
            fn to_parameter(&self) -> Result<Value, DbError> {
                self.0.to_parameter()
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
    /// A name of 1 to `MAX_LENGTH` letters, digits, `-`, `_` and `.`.
    Name<const MAX_LENGTH>(String) = json_schema!({"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": NAME}),
        |text| name(text, MAX_LENGTH);

    /// A `uid` or event id, which clients may use in a path instead of the id. The text is an [`Identifier`], does not
    /// look like an id, and is not `.` or `..`. Clients remove the path segments `.` and `..` (RFC 3986 section 5.2.4).
    Uid(String) = json_schema!({"type": "string", "minLength": 1, "maxLength": 256, "pattern": NAME, "not": {"type": "string", "pattern": NOT_UID}}),
        |text| uid(text);

    /// A set of 1 to `MAX_ITEMS` names, each of at most `MAX_LENGTH` characters.
    Names<const MAX_ITEMS, const MAX_LENGTH>(Vec<String>) = names_schema(MAX_ITEMS, MAX_LENGTH),
        |set| names(set, MAX_ITEMS, MAX_LENGTH);

    /// The URL of an endpoint: absolute, `http` or `https`.
    TargetUrl(String) = json_schema!({"type": "string", "format": "uri", "minLength": 1, "maxLength": MAX_URL,
        "pattern": "^[hH][tT][tT][pP][sS]?://"}), |text| target_url(text);

    /// The class of a status code: 100, 200, 300, 400 or 500, or 0 for no response.
    StatusClass(u16) = json_schema!({"type": "integer", "enum": STATUS_CLASSES}), |class| status_class(*class);

    /// A signing secret: see [`Secret`].
    SecretText(String) = json_schema!({"type": "string", "pattern": "^(whsec_)?[A-Za-z0-9+/]+={0,2}$"}), |text| secret(text);

    /// A JSON object that is stored and delivered byte for byte.
    JsonObject(Box<RawValue>) = json_schema!({"type": "object", "additionalProperties": true}), |payload| object(payload);

    /// A field of the Svix API that Relay does not support and therefore rejects.
    Unsupported(String) = json_schema!({"type": "null"}), |_| Err(error("unsupported", "is not supported yet; omit it"));

    /// The parameters of transformations: null or an empty object, because Relay has no transformations.
    NoParameters(Box<RawValue>) = json_schema!({"type": "object", "maxProperties": 0}), |parameters| no_parameters(parameters);

    /// Headers to send with each delivery. The headers of the connection, and headers that Relay sets, are not allowed.
    Headers(BTreeMap<String, String>) = json_schema!({"type": "object", "additionalProperties": {"type": "string"}}), headers;
}

impl<const MAX_ITEMS: usize, const MAX_LENGTH: usize> PartialEq for Names<MAX_ITEMS, MAX_LENGTH> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// An event type, or the text of a [`Uid`].
pub(crate) type Identifier = Name<256>;

/// A set of any number of event types.
pub(crate) type EventTypes = Names<{ usize::MAX }, 256>;

/// A set of channels or tags.
pub(crate) type Labels<const MAX_ITEMS: usize> = Names<MAX_ITEMS, 128>;

/// The pattern of a [`Name`].
const NAME: &str = "^[a-zA-Z0-9_.-]+$";

/// The pattern of the names that are not valid as a [`Uid`].
const NOT_UID: &str = "^(\\.{1,2}$|(app|atmpt|ep|msg)_.{27})";

const STATUS_CLASSES: [u16; 6] = [0, 100, 200, 300, 400, 500];

/// Returns an error about the value itself, rather than about a field inside the value. `validator` reports such an
/// error under the name `__all__`.
fn whole_field(error: ValidationError) -> ValidationErrors {
    let mut errors = ValidationErrors::new();
    errors.add("__all__", error);
    errors
}

fn error(code: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn is_name(text: &str, max_length: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= max_length && text.bytes().all(is_allowed)
}

fn name(text: &str, max_length: usize) -> Result<(), ValidationError> {
    if is_name(text, max_length) {
        return Ok(());
    }
    let message = format!("must be 1 to {max_length} letters, digits, `-`, `_` or `.`");
    Err(error("identifier", message))
}

fn uid(text: &str) -> Result<(), ValidationError> {
    name(text, 256)?;
    if matches!(text, "." | "..") {
        let message = "must not be `.` or `..`, because clients remove these path segments";
        return Err(error("identifier", message));
    }
    if id::looks_like_id(text) {
        let message =
            "must not look like an id of Relay, such as `app_2NwUcAbhbgKxqGJH8JvZJyHiQ7k`";
        return Err(error("identifier", message));
    }
    Ok(())
}

fn names_schema(max_items: usize, max_length: usize) -> Schema {
    let item =
        json_schema!({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": NAME});
    let mut schema =
        json_schema!({"type": "array", "uniqueItems": true, "minItems": 1, "items": item});
    if max_items < usize::MAX {
        schema.insert("maxItems".to_owned(), max_items.into());
    }
    schema
}

fn names(names: &[String], max_items: usize, max_length: usize) -> Result<(), ValidationError> {
    if names.is_empty() {
        return Err(error("length", "must have at least 1 item, or be omitted"));
    }
    if names.len() > max_items {
        return Err(error(
            "length",
            format!("must have at most {max_items} items, not {}", names.len()),
        ));
    }
    if let Some(name) = names.iter().find(|name| !is_name(name, max_length)) {
        let message =
            format!("{name:?} must be 1 to {max_length} letters, digits, `-`, `_` or `.`");
        return Err(error("identifier", message));
    }
    let sorted = names.iter().collect::<BinaryHeap<_>>().into_sorted_vec();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(error(
            "unique",
            format!("must not contain {:?} twice", pair[0]),
        )),
        None => Ok(()),
    }
}

fn status_class(class: u16) -> Result<(), ValidationError> {
    if STATUS_CLASSES.contains(&class) {
        Ok(())
    } else {
        Err(error("enum", "must be 0, 100, 200, 300, 400 or 500"))
    }
}

fn secret(text: &str) -> Result<(), ValidationError> {
    text.parse::<Secret>()
        .map(drop)
        .map_err(|invalid| error("secret", invalid.to_string()))
}

fn no_parameters(parameters: &RawValue) -> Result<(), ValidationError> {
    let content = parameters.get().strip_prefix('{');
    let content = content.and_then(|content| content.strip_suffix('}'));
    if content.is_some_and(|content| content.trim().is_empty()) {
        return Ok(());
    }
    let message = "must be empty, because Relay delivers only `payload`; omit it";
    Err(error("unsupported", message))
}

fn object(payload: &RawValue) -> Result<(), ValidationError> {
    if payload.get().starts_with('{') {
        Ok(())
    } else {
        Err(error("object", "must be a JSON object"))
    }
}
