//! The operations of a GraphQL endpoint in the OpenAPI document.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::accept::{Media, NOT_ACCEPTABLE};
use super::socket::ORIGIN_NOT_ALLOWED;
use super::upload;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::problem::types;
use crate::routing::Documentation;

const POST: &str = "Execute a GraphQL operation\n\nThe schema describes the operations. The response to a subscription, and to any operation of a client that accepts only events, is a stream of server-sent events: `next` for each result, and `complete` at the end.";

const GET: &str = "Execute a GraphQL query\n\nThe parameters have the same meaning as the fields in the body of a POST. A mutation needs a POST. With `Upgrade: websocket` and the subprotocol `graphql-transport-ws`, the request opens a WebSocket for any number of operations.";

/// Returns the documentation of the operation for a method: `GET` or `POST`. `takes_files` is true if the body of a
/// `POST` may be a form with files.
pub(super) fn documentation(method: &Method, takes_files: bool) -> Documentation {
    let is_get = *method == Method::GET;
    Documentation {
        doc: if is_get { GET } else { POST },
        tag: Some("GraphQL"),
        deprecated: false,
        status: None,
        errors: &[],
        describe: match (is_get, takes_files) {
            (true, _) => get,
            (false, false) => post,
            (false, true) => post_with_files,
        },
        check: |_| Ok(()),
    }
}

fn post(operation: &mut OperationBuilder<'_>) {
    let request = json!({
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "The GraphQL document."},
            "operationName": {"type": ["string", "null"], "description": "The name of the operation to execute."},
            "variables": {"type": ["object", "null"], "description": "The values of the variables."},
            "extensions": {"type": ["object", "null"]},
        },
    });
    let batch = json!({"type": "array", "items": request, "minItems": 1});
    operation.body_with_schema(Media::JSON, json!({"anyOf": [request, batch]}));
    responses(operation);
    failure(operation, StatusCode::PAYLOAD_TOO_LARGE);
    failure(operation, StatusCode::REQUEST_TIMEOUT);
    failure(operation, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

fn post_with_files(operation: &mut OperationBuilder<'_>) {
    post(operation);
    let form = json!({
        "type": "object",
        "description": "A form as in the GraphQL multipart request specification. Each other field is a file.",
        "required": ["operations", "map"],
        "properties": {
            "operations": {"type": "string", "contentMediaType": "application/json", "description": "The JSON that a request without files has as its body, with `null` for each file."},
            "map": {"type": "string", "contentMediaType": "application/json", "description": "An object that maps the name of each file to the paths of its variables, such as `{\"0\": [\"variables.file\"]}`."},
        },
        "additionalProperties": {"type": "string", "format": "binary"},
    });
    operation.body_with_schema("multipart/form-data", form);
    for name in upload::PREFLIGHT {
        let schema = json!({"type": "string", "description": "A form needs one of the headers `Apollo-Require-Preflight` and `GraphQL-Preflight`, so that no page of another site can make a browser send it."});
        operation.parameter(ParameterLocation::Header, name, schema, false);
    }
}

fn get(operation: &mut OperationBuilder<'_>) {
    for (name, description) in [
        ("query", "The GraphQL document."),
        ("operationName", "The name of the operation to execute."),
        (
            "variables",
            "The values of the variables, as a JSON object.",
        ),
        ("extensions", "The extensions, as a JSON object."),
    ] {
        let schema = json!({"type": "string", "description": description});
        operation.parameter(ParameterLocation::Query, name, schema, false);
    }
    responses(operation);
    failure(operation, StatusCode::METHOD_NOT_ALLOWED);
    operation.status(StatusCode::TEMPORARY_REDIRECT);
    operation.status(StatusCode::SWITCHING_PROTOCOLS);
    operation.problem(&ORIGIN_NOT_ALLOWED);
    operation.problem(&types::UPGRADE_REQUIRED);
    operation.problem(&types::NOT_IMPLEMENTED);
}

fn responses(operation: &mut OperationBuilder<'_>) {
    let result = result();
    let batch = json!({"type": "array", "items": result});
    for media in [Media::JSON, Media::RESPONSE] {
        let schema = json!({"anyOf": [result, batch]});
        operation.response_with_schema(StatusCode::OK, media, schema);
    }
    let events = json!({"type": "string"});
    operation.response_with_schema(StatusCode::OK, Media::EVENTS, events);
    failure(operation, StatusCode::BAD_REQUEST);
    failure(operation, StatusCode::FORBIDDEN);
    failure(operation, NOT_ACCEPTABLE.status);
    failure(operation, types::INTERNAL.status);
}

/// Adds a response for `status` to the documentation: a result that has errors, but no data.
fn failure(operation: &mut OperationBuilder<'_>, status: StatusCode) {
    for media in [Media::JSON, Media::RESPONSE] {
        operation.response_with_schema(status, media, result());
    }
}

fn result() -> Value {
    let error = json!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": {"type": "string"},
            "locations": {"type": "array"},
            "path": {"type": "array"},
            "extensions": {
                "type": "object",
                "description": "The fields of the problem: `type`, `title`, `status`, `code` and, for invalid fields, `errors`.",
            },
        },
    });
    json!({
        "type": "object",
        "properties": {
            "data": {"type": ["object", "null"], "description": "Absent if nothing was executed."},
            "errors": {"type": "array", "items": error, "minItems": 1},
            "extensions": {"type": "object"},
        },
    })
}
