//! The contract: every answer in a test is one that the document declares.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::http::{HeaderMap, Method, StatusCode, header};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Info, source};
use crate::routing::Route;
use crate::testing::{Check, Exchange};

/// The operations of an app, and what each may answer.
pub(crate) struct Contract {
    routes: Vec<&'static Route>,
    /// The operations of each path, and whether layers are around them, which answer with statuses that no operation declares.
    paths: matchit::Router<Vec<(&'static Route, bool)>>,
    document: OnceLock<Value>,
    /// Validators by operation, status and media type, made when they are first asked for.
    validators: Mutex<HashMap<String, Validator>>,
}

impl Contract {
    /// The contract of these operations, each with whether layers are around it.
    pub(crate) fn new(operations: Vec<(&'static Route, bool)>) -> Self {
        let mut paths: Vec<(&str, Vec<(&Route, bool)>)> = Vec::new();
        for &(route, layered) in &operations {
            match paths.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, known)) => known.push((route, layered)),
                None => paths.push((route.path, vec![(route, layered)])),
            }
        }
        let mut router = matchit::Router::new();
        for (path, routes) in paths {
            // The app itself refuses paths that contradict each other.
            drop(router.insert(path, routes));
        }
        Self {
            routes: operations.into_iter().map(|(route, _)| route).collect(),
            paths: router,
            document: OnceLock::new(),
            validators: Mutex::default(),
        }
    }

    /// The contract as a check of every exchange in a test.
    pub(crate) fn into_check(self) -> Check {
        Box::new(move |exchange| self.broken(exchange).map_or(Ok(()), Err))
    }

    /// What the answer of an operation breaks; nothing for an answer of anything else.
    fn broken(&self, exchange: &Exchange<'_>) -> Option<String> {
        let (method, answer) = (exchange.method, exchange.answer);
        let (status, headers, body) = (answer.status, &answer.headers, &*answer.body);
        let found = self.paths.at(exchange.uri.path()).ok()?;
        let wanted = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut operations = found.value.iter();
        let &(route, layered) = operations.find(|(route, _)| route.method == *wanted)?;
        let broken = self.check(
            (route, layered),
            status,
            headers,
            body,
            method == Method::HEAD,
        )?;
        let Route {
            method, path, id, ..
        } = route;
        Some(format!("{method} {path} ({id}) answers {status}: {broken}"))
    }

    fn check(
        &self,
        (route, layered): (&Route, bool),
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        without_body: bool,
    ) -> Option<String> {
        let document = self
            .document
            .get_or_init(|| source::build(&Info::new("", ""), &self.routes));
        let path = route.path.replace("{*", "{");
        let method = route.method.as_str().to_ascii_lowercase();
        let responses = document["paths"][path][method]["responses"].as_object()?;
        let (code, declared) = match responses.get_key_value(status.as_str()) {
            Some(declared) => declared,
            // An answer of a status that is known only when it is made: its body is not described.
            None if layered || responses.contains_key("default") => return None,
            None => {
                let statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
                return Some(format!(
                    "a status that it does not declare; it declares {}",
                    statuses.join(", ")
                ));
            }
        };
        let content = declared.get("content").and_then(Value::as_object);
        let Some(content) = content else {
            return (!body.is_empty()).then(|| "a body, where none is declared".to_owned());
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
                "the media type {sent:?}, where {} is declared",
                declared.join(", ")
            ));
        };
        if essence != "application/json" && !essence.ends_with("+json") {
            return None;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Some("a body that is no JSON".to_owned());
        };
        let key = format!("{} {code} {essence}", route.id);
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let validator = match validators.get(&key) {
            Some(known) => known,
            None => match validator(&media["schema"], document) {
                Ok(made) => validators.entry(key).or_insert(made),
                Err(error) => return Some(format!("a schema that cannot be used: {error}")),
            },
        };
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        (!errors.is_empty())
            .then(|| format!("a body that breaks its schema: {}", errors.join("; ")))
    }
}

/// A validator of a schema that refers to the document's others.
fn validator(schema: &Value, document: &Value) -> Result<Validator, String> {
    let schema =
        json!({"allOf": [schema], "components": {"schemas": document["components"]["schemas"]}});
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| error.to_string())
}
