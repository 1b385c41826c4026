//! JSON bodies of requests and responses.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::decode::body;
use super::errors::{
    Correctable, MAX_BYTES, collect, field_error, pointer_at, rejection, unescaped,
};
use super::json_integers::large_integers;
use crate::problem::types;
use crate::{Context, FieldError, Problem};

/// A JSON body. As an argument of a handler, `Json` reads the body of the request. As a return value, `Json` is the
/// body of the response.
///
/// Responds 415 to a content type other than JSON, 400 to text that is not valid JSON, 413 to a body over the size
/// limit, and 422 to JSON that is not a `T`. The 422 contains a pointer to every invalid field. A field of a 64-bit
/// integer type accepts only integers within ±[`MAX_INTEGER`](crate::MAX_INTEGER), which every host stores exactly.
/// Wrap the extractor in [`Valid`](crate::Valid) to also check the validation rules of `T`. `Option<Json<T>>` is `None`
/// for a request without a body.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use whippet::{App, Json, routing::post};
///
/// #[derive(Deserialize)]
/// struct Numbers { values: Vec<f64> }
///
/// #[derive(Serialize)]
/// struct Sum { sum: f64 }
///
/// async fn add(Json(numbers): Json<Numbers>) -> Json<Sum> {
///     Json(Sum { sum: numbers.values.iter().sum() })
/// }
///
/// fn app() -> App {
///     App::new().route("/sum", post(add))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Context> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        parse(&bytes(request, context).await?).map(Json)
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<Context> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Option<Self>, Problem> {
        let Some((headers, bytes)) = body::read_optional(request, context).await? else {
            return Ok(None);
        };
        require_json(&headers)?;
        parse(&bytes).map(|value| Some(Self(value)))
    }
}

/// Reads the body of a request. Rejects a content type other than JSON.
pub(super) async fn bytes(request: Request, context: &Context) -> Result<Bytes, Problem> {
    require_json(request.headers())?;
    body::read(request, context).await
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    if body::is_json(headers) {
        return Ok(());
    }
    Err(types::UNSUPPORTED_MEDIA_TYPE
        .with_detail("the body must be JSON, with `Content-Type: application/json`"))
}

/// Reads the text into a `T`. Rejects the text if a value is invalid.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    match read(bytes)? {
        (value, None) => Ok(value),
        (_, Some(corrected)) => Err(rejection(corrected.errors)),
    }
}

/// A JSON text with placeholders for its invalid values.
pub(super) struct Corrected {
    pub(super) text: Vec<u8>,
    pub(super) errors: Vec<FieldError>,
}

/// Like [`parse`], but replaces invalid values with placeholders. Rejects the text if it stays invalid, whatever the
/// placeholders are.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Option<Corrected>), Problem> {
    let error = match deserialize(bytes) {
        Ok(value) => {
            let errors = large_integers(bytes, &|text| deserialize::<T>(text).map(drop));
            return match errors.is_empty() {
                true => Ok((value, None)),
                false => Err(rejection(errors)),
            };
        }
        Err(error) => error,
    };
    let corrected = correct(bytes, &error, &|text| deserialize::<T>(text).map(drop))?;
    let value = deserialize(&corrected.text).map_err(Problem::internal)?;
    Ok((value, Some(corrected)))
}

/// `deserialize` is not inlined, because it is called in three places. Three inlined copies could make up most of a
/// program.
#[inline(never)]
fn deserialize<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

pub(super) type Reader<'a> = &'a dyn Fn(&[u8]) -> Result<(), serde_json::Error>;

/// Replaces the invalid values of the text with placeholders.
fn correct(
    bytes: &[u8],
    error: &serde_json::Error,
    reader: Reader<'_>,
) -> Result<Corrected, Problem> {
    // serde_json stopped at the invalid value, so the text after the invalid value may not be JSON.
    let malformed = |error: &dyn std::error::Error| {
        types::MALFORMED_JSON.with_detail(format!("the body is not valid JSON: {error}"))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    let first = describe(bytes, error);
    // `from_slice` fails if a number in the text is too large for `Value`.
    let value = if bytes.len() <= MAX_BYTES {
        serde_json::from_slice(bytes).ok()
    } else {
        None
    };
    let Some(value) = value else {
        return Err(rejection(vec![first]));
    };
    let mut document = CorrectableJson { value, reader };
    match collect(first, &mut document) {
        (errors, true) => Ok(Corrected {
            text: document.text(),
            errors,
        }),
        (errors, false) => Err(rejection(errors)),
    }
}

/// Converts an error of serde_json into a `FieldError`, which has a pointer to the invalid field.
fn describe(bytes: &[u8], error: &serde_json::Error) -> FieldError {
    let pointer = pointer_at(bytes, offset_of(bytes, error));
    field_error(pointer, &message(error))
}

/// Returns serde_json's message without the line and column.
pub(super) fn message(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    if message.ends_with(&position) {
        message.truncate(message.len() - position.len());
    }
    message
}

/// Returns the number of bytes that serde_json had read when it found the error.
pub(super) fn offset_of(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + error.column()
}

/// A JSON body in which placeholders replace invalid values. The body is read again after each correction.
struct CorrectableJson<'a> {
    value: Value,
    reader: Reader<'a>,
}

impl CorrectableJson<'_> {
    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(&self.value).unwrap_or_default()
    }
}

impl Correctable for CorrectableJson<'_> {
    fn correct(&mut self, pointer: &str, number: usize, variant: &str) -> bool {
        let placeholder = match number {
            0 => Some(Value::Null),
            1 => Some("".into()),
            2 => Some(variant.into()),
            3 => Some(0.into()),
            4 => Some(false.into()),
            5 => Some(Value::Array(Vec::new())),
            6 => Some(Value::Object(Map::new())),
            // The custom type of the field rejects all placeholders, so the field is removed. serde reads all other
            // fields before it reports that this field is missing.
            7 => None,
            _ => return false,
        };
        let Some((parent, token)) = pointer.rsplit_once('/') else {
            return false;
        };
        match (self.value.pointer_mut(parent), placeholder) {
            (Some(Value::Object(fields)), Some(value)) => {
                fields.insert(unescaped(token), value);
                true
            }
            (Some(Value::Object(fields)), None) => fields.remove(&unescaped(token)).is_some(),
            (Some(Value::Array(items)), Some(value)) => {
                let item = token
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get_mut(index));
                item.map(|item| *item = value).is_some()
            }
            _ => false,
        }
    }

    fn read(&self) -> Result<(), FieldError> {
        let text = self.text();
        (self.reader)(&text).map_err(|error| describe(&text, &error))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = Response::new(Body::from(body));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                response
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}
