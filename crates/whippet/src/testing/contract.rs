//! The contract check: every response in a test must be declared in the OpenAPI document.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode, header};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::exchange::{Check, Exchange};
use crate::openapi::{self, Info};
use crate::routing::{Mounted, Route};

/// The operations of an app and their declared responses.
pub(crate) struct Contract {
    operations: Vec<Mounted>,
    /// The operations of each path. The flag of an operation is true if layers wrap the operation: a layer may respond
    /// with a status that the operation does not declare.
    paths: matchit::Router<Vec<(Mounted, bool)>>,
    document: OnceLock<Value>,
    /// Validators of response bodies, by operation, status and media type. Each validator is created when it is first
    /// used.
    validators: Mutex<HashMap<String, Validator>>,
}

impl Contract {
    /// Creates the contract for these operations. The flag of an operation is true if layers wrap the operation.
    pub(crate) fn new(operations: Vec<(Mounted, bool)>) -> Self {
        let mut paths: Vec<(&str, Vec<(Mounted, bool)>)> = Vec::new();
        for (operation, layered) in &operations {
            let new = (operation.clone(), *layered);
            match paths.iter_mut().find(|(path, _)| *path == operation.path) {
                Some((_, operations)) => operations.push(new),
                None => paths.push((operation.path, vec![new])),
            }
        }
        let mut router = matchit::Router::new();
        for (path, routes) in paths {
            // A conflicting path is ignored here, because `App::into_service` rejects it.
            drop(router.insert(path, routes));
        }
        Self {
            operations: operations.into_iter().map(|(route, _)| route).collect(),
            paths: router,
            document: OnceLock::new(),
            validators: Mutex::default(),
        }
    }

    /// Returns a check that runs for every exchange in a test.
    pub(crate) fn into_check(self) -> Check {
        Box::new(move |exchange| self.violation(exchange).map_or(Ok(()), Err))
    }

    /// Returns a description of how a response violates the OpenAPI document, or `None` if the response is valid. A
    /// request that matches no operation is not checked.
    fn violation(&self, exchange: &Exchange<'_>) -> Option<String> {
        let (method, response) = (exchange.method, exchange.response);
        let (status, headers, body) = (response.status, &response.headers, &*response.body);
        let matched = self.paths.at(exchange.uri.path()).ok()?;
        let operation_method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut operations = matched.value.iter();
        let has_method = |route: &Route| route.method == *operation_method;
        let (operation, layered) = operations.find(|(operation, _)| has_method(operation.route))?;
        let violation = self.check(
            (operation, *layered),
            status,
            headers,
            body,
            method == Method::HEAD,
        )?;
        let Route { method, id, .. } = operation.route;
        let path = operation.path;
        Some(format!(
            "{method} {path} ({id}) returned {status}, {violation}"
        ))
    }

    fn check(
        &self,
        (operation, layered): (&Mounted, bool),
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        without_body: bool,
    ) -> Option<String> {
        let document = self
            .document
            .get_or_init(|| openapi::build(&Info::new("", ""), &self.operations));
        let route = operation.route;
        let path = operation.path.replace("{*", "{");
        let method = route.method.as_str().to_ascii_lowercase();
        let responses = document["paths"][path][method]["responses"].as_object()?;
        let (code, declared) = match responses.get_key_value(status.as_str()) {
            Some(declared) => declared,
            // A layer, or an operation with a `default` response, chooses the status at run time. The document does not
            // describe the body of such a response.
            None if layered || responses.contains_key("default") => return None,
            None => {
                let statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
                return Some(format!(
                    "which is not declared; declared statuses: {}",
                    statuses.join(", ")
                ));
            }
        };
        let content = declared.get("content").and_then(Value::as_object);
        let Some(content) = content else {
            return (!body.is_empty()).then(|| "with a body, but no body is declared".to_owned());
        };
        if without_body || content.contains_key("*/*") {
            return None;
        }
        let sent = headers.get(header::CONTENT_TYPE);
        let sent = sent
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = sent.split(';').next().unwrap_or_default().trim();
        let Some(media) = content.get(essence) else {
            let declared: Vec<&str> = content.keys().map(String::as_str).collect();
            return Some(format!(
                "with the media type {sent:?}; declared media types: {}",
                declared.join(", ")
            ));
        };
        if essence != "application/json" && !essence.ends_with("+json") {
            return None;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Some("with a body that is not valid JSON".to_owned());
        };
        let key = format!("{} {code} {essence}", route.id);
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let validator = match validators.get(&key) {
            Some(cached) => cached,
            None => match validator(&media["schema"], document) {
                Ok(created) => validators.entry(key).or_insert(created),
                Err(error) => return Some(format!("but its schema is not valid: {error}")),
            },
        };
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        (!errors.is_empty()).then(|| {
            format!(
                "with a body that violates its schema: {}",
                errors.join("; ")
            )
        })
    }
}

/// Creates a validator for a schema. The schema may refer to the document's component schemas.
fn validator(schema: &Value, document: &Value) -> Result<Validator, String> {
    let schema =
        json!({"allOf": [schema], "components": {"schemas": document["components"]["schemas"]}});
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| error.to_string())
}
