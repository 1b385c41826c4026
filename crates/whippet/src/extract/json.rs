//! JSON in and out.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::body;
use super::gather::{LONGEST, Sent, gather, misfit, refuse};
use super::pointer::{pointer_at, unescaped};
use crate::problem::types;
use crate::{Context, FieldError, Problem};

/// A JSON body: of the request as an argument, of the response as a result.
///
/// It refuses a content type other than JSON with 415, text that is not JSON with 400, a body over the limit with 413, and
/// JSON that does not fit `T` with 422 and a pointer to the member. Wrap it in [`Valid`](crate::Valid) to check the
/// values too. `Option<Json<T>>` is `None` for a request without a body.
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

/// The body of a request that says it is JSON.
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

/// Reads the whole text as one `T`.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    match read(bytes)? {
        (value, None) => Ok(value),
        (_, Some(mended)) => Err(refuse(mended.errors)),
    }
}

/// A text with stand-ins in the place of members that do not fit.
pub(super) struct Mended {
    pub(super) text: Vec<u8>,
    pub(super) errors: Vec<FieldError>,
}

/// The same, with stand-ins where members do not fit; refused where none stands in.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Option<Mended>), Problem> {
    let error = match typed(bytes) {
        Ok(value) => return Ok((value, None)),
        Err(error) => error,
    };
    let mended = mend(bytes, &error, &|text| typed::<T>(text).map(drop))?;
    let value = typed(&mended.text).map_err(Problem::internal)?;
    Ok((value, Some(mended)))
}

/// Three calls and one copy of what may be the larger part of a program.
#[inline(never)]
fn typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

type Reader<'a> = &'a dyn Fn(&[u8]) -> Result<(), serde_json::Error>;

/// The text with stand-ins for the members that do not fit.
fn mend(bytes: &[u8], error: &serde_json::Error, reader: Reader<'_>) -> Result<Mended, Problem> {
    // The text behind a member that does not fit has not been read: it may be no JSON at all.
    let malformed = |error: &dyn std::error::Error| {
        types::MALFORMED_JSON.with_detail(format!("the body is not JSON: {error}"))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    let first = describe(bytes, error);
    // JSON has numbers that no `Value` holds.
    let value = if bytes.len() <= LONGEST {
        serde_json::from_slice(bytes).ok()
    } else {
        None
    };
    let Some(value) = value else {
        return Err(refuse(vec![first]));
    };
    let mut sent = Document { value, reader };
    match gather(first, &mut sent) {
        (errors, true) => Ok(Mended {
            text: sent.text(),
            errors,
        }),
        (errors, false) => Err(refuse(errors)),
    }
}

/// An error of serde_json's as one of a member.
fn describe(bytes: &[u8], error: &serde_json::Error) -> FieldError {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let pointer = pointer_at(bytes, before + error.column());
    let message = error.to_string();
    // The pointer says where.
    let place = format!(" at line {} column {}", error.line(), error.column());
    misfit(pointer, message.strip_suffix(&place).unwrap_or(&message))
}

/// A body that is read over and over.
struct Document<'a> {
    value: Value,
    reader: Reader<'a>,
}

impl Document<'_> {
    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(&self.value).unwrap_or_default()
    }
}

impl Sent for Document<'_> {
    fn replace(&mut self, pointer: &str, number: usize, word: &str) -> bool {
        let stand_in = match number {
            0 => Some(Value::Null),
            1 => Some("".into()),
            2 => Some(word.into()),
            3 => Some(0.into()),
            4 => Some(false.into()),
            5 => Some(Value::Array(Vec::new())),
            6 => Some(Value::Object(Map::new())),
            // For a member with a type of its own: without it, the others are read before it is missed.
            7 => None,
            _ => return false,
        };
        let Some((parent, token)) = pointer.rsplit_once('/') else {
            return false;
        };
        match (self.value.pointer_mut(parent), stand_in) {
            (Some(Value::Object(members)), Some(value)) => {
                members.insert(unescaped(token), value);
                true
            }
            (Some(Value::Object(members)), None) => members.remove(&unescaped(token)).is_some(),
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
