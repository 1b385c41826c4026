//! Files in the variables of an operation, as defined in the GraphQL multipart request specification
//! (<https://github.com/jaydenseric/graphql-multipart-request-spec>).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::{InputType, InputValueError, InputValueResult, Name, Value};
use axum::body::Body;
use axum::http::HeaderMap;

use super::Limits;
use super::params::{self, Operations};
use super::scan::exceeded;
use crate::extract::{File, Multipart, Part};
use crate::{Context, Problem};

/// The description of the scalar `Upload` in a schema.
pub(super) const DESCRIPTION: &str = "A file of a multipart request.";

/// A request with a form needs one of these headers. Any site can make a browser send a form. But a browser asks the
/// server before it sends one of these headers for another site.
pub(super) const PREFLIGHT: [&str; 2] = ["Apollo-Require-Preflight", "GraphQL-Preflight"];

const FILE_NAME: &str = "fileName";
const CONTENT_TYPE: &str = "contentType";
const BYTES: &str = "bytes";

/// Reads the operations of a form. The files of the form become the values of variables.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    context: &Context,
    limits: &Limits,
) -> Result<Operations, Problem> {
    if !PREFLIGHT.iter().any(|name| headers.contains_key(*name)) {
        return Err(Problem::bad_request(
            "a form needs the header `Apollo-Require-Preflight` or `GraphQL-Preflight`, with any value",
        ));
    }
    let mut form = Multipart::open(headers, body, context.body_limit())?;
    let operations = field(&mut form, "operations").await?.bytes().await?;
    let mut operations = params::from_body(&operations, limits.batch)?;
    let map = field(&mut form, "map").await?.bytes().await?;
    let mut map: BTreeMap<String, Vec<String>> = params::json(&map, "the field `map`")?;
    if map.len() > limits.uploads {
        return Err(exceeded("files", limits.uploads));
    }
    while let Some(part) = form.next_part().await? {
        let name = part.name().to_owned();
        let Some(paths) = map.remove(&name) else {
            let detail = format!(
                "the field `map` does not name the file `{name}`, or the form has this file twice"
            );
            return Err(Problem::bad_request(detail));
        };
        let file = file(part).await?;
        for path in paths {
            *variable(&mut operations, &path).ok_or_else(|| {
                let detail = format!(
                    "the path `{path}` in the field `map` is not a variable with the value `null`"
                );
                Problem::bad_request(detail)
            })? = file.clone();
        }
    }
    match map.pop_first() {
        None => Ok(operations),
        Some((name, _)) => {
            let detail =
                format!("the form has no file `{name}`, but the field `map` names this file");
            Err(Problem::bad_request(detail))
        }
    }
}

/// Returns the next part of a form. Fails if the part does not have this name.
async fn field<'a>(form: &'a mut Multipart, name: &str) -> Result<Part<'a>, Problem> {
    let part = form.next_part().await?;
    part.filter(|part| part.name() == name).ok_or_else(|| {
        Problem::bad_request(
            "the form must have the fields `operations` and `map`, in this order, before the files",
        )
    })
}

/// Converts a file into the value of a variable. This value contains a binary value. JSON has no binary values, so a
/// client can send such a value only in a form.
async fn file(part: Part<'_>) -> Result<Value, Problem> {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let file_name = text(part.file_name());
    let content_type = text(part.content_type());
    Ok(Value::Object(
        [
            (Name::new(FILE_NAME), file_name),
            (Name::new(CONTENT_TYPE), content_type),
            (Name::new(BYTES), Value::Binary(part.bytes().await?)),
        ]
        .into_iter()
        .collect(),
    ))
}

/// Returns the variable at a path such as `variables.files.0`, or in a batch `1.variables.file`. Returns `None` if the
/// variable is not null.
fn variable<'a>(operations: &'a mut Operations, path: &str) -> Option<&'a mut Value> {
    let (params, path) = match operations {
        Operations::One(params) => (params, path),
        Operations::Batch(all) => {
            let (index, path) = path.split_once('.')?;
            (all.get_mut(index.parse::<usize>().ok()?)?, path)
        }
    };
    let mut names = path.strip_prefix("variables.")?.split('.');
    let first = params.variables.get_mut(names.next()?)?;
    names
        .try_fold(first, |value, name| match value {
            Value::List(items) => items.get_mut(name.parse::<usize>().ok()?),
            Value::Object(fields) => fields.get_mut(name),
            _ => None,
        })
        .filter(|value| **value == Value::Null)
}

/// The type of every file in a schema is the scalar `Upload`, whatever the limit of the file.
impl<const LIMIT: usize> InputType for File<LIMIT> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Upload")
    }

    fn create_type_info(registry: &mut Registry) -> String {
        // A registry accepts only one Rust type for each name, so `File<0>` represents the files with all limits.
        registry.create_input_type::<File<0>, _>(MetaTypeId::Scalar, |_| MetaType::Scalar {
            name: Self::type_name().into_owned(),
            description: Some(DESCRIPTION.to_owned()),
            is_valid: Some(Arc::new(|value| bytes(value).is_some())),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            specified_by_url: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let Some(bytes) = bytes(&value) else {
            let message = "must be a file: send the operation as a form (multipart/form-data)";
            return Err(InputValueError::custom(message));
        };
        if bytes.len() > LIMIT {
            let message = format!("the file must have at most {LIMIT} bytes");
            return Err(InputValueError::custom(message));
        }
        let text = |name| match field_of(&value, name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        Ok(Self::received(
            text(FILE_NAME),
            text(CONTENT_TYPE),
            bytes.clone(),
        ))
    }

    fn to_value(&self) -> Value {
        Value::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// Returns the content of a file; `None` for a value that is not a file.
fn bytes(value: &Value) -> Option<&axum::body::Bytes> {
    match field_of(value, BYTES) {
        Some(Value::Binary(bytes)) => Some(bytes),
        _ => None,
    }
}

fn field_of<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(name),
        _ => None,
    }
}
