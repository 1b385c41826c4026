//! Building the OpenAPI document of an app from the app's operations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Components, ResponseObject};
use super::schemas::{self, INPUTS, SCHEMAS};
use super::{Describe, Info, OperationBuilder, ParameterLocation, problems, tagged};
use crate::problem::types;
use crate::routing::Route;

/// Returns the OpenAPI document as text.
pub(super) fn text(info: &Info, routes: &[&'static Route]) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(build(info, routes).to_string()))
}

/// Builds the document.
pub(crate) fn build(info: &Info, routes: &[&'static Route]) -> Value {
    let mut components = Components {
        inputs: generator(INPUTS, SchemaSettings::for_deserialize),
        outputs: generator(SCHEMAS, SchemaSettings::for_serialize),
        security_schemes: Map::new(),
        problems: BTreeMap::new(),
    };
    problems::add_base(&mut components.outputs);
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, &mut components);
        let path = paths
            .entry(route.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    let webhooks: Map<String, Value> = info
        .webhooks
        .iter()
        .map(|&(name, doc, describe)| {
            let webhook = webhook(name, doc, describe, &mut components);
            (name.to_owned(), json!({ "post": webhook }))
        })
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info_object(info),
        "servers": [{"url": "/"}],
        "tags": tags(info, routes),
        "paths": paths,
        "components": {"securitySchemes": components.security_schemes},
        "x-problems": problems::descriptions(&components.problems),
    });
    if !webhooks.is_empty() {
        document["webhooks"] = Value::Object(webhooks);
    }
    let problems = problems::schemas(&components.problems, &mut components.outputs);
    let (mut schemas, mut names) = schemas::merge(
        components.inputs.take_definitions(true),
        components.outputs.take_definitions(true),
        problems,
        &mut document,
    );
    tagged::name_variants(&mut schemas, &mut names);
    document["components"]["schemas"] = Value::Object(schemas);
    document
}

fn generator(
    path: &'static str,
    contract: fn(SchemaSettings) -> SchemaSettings,
) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = path.into();
        settings.meta_schema = None;
    });
    contract(settings).into_generator()
}

/// Creates the "Info Object" of the document.
fn info_object(info: &Info) -> Value {
    let mut object = json!({"title": info.title, "version": info.version});
    if !info.description.is_empty() {
        object["description"] = info.description.into();
    }
    if let Some((name, identifier)) = info.license {
        object["license"] = json!({"name": name, "identifier": identifier});
    }
    object
}

/// Returns the tags: first the tags with a description, then all other tags of operations.
fn tags(info: &Info, routes: &[&'static Route]) -> Vec<Value> {
    let mut tags: Vec<Value> = info
        .tags
        .iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    for tag in routes.iter().filter_map(|route| route.document.tag) {
        if !tags.iter().any(|existing| existing["name"] == tag) {
            tags.push(json!({ "name": tag }));
        }
    }
    tags
}

fn operation(route: &'static Route, components: &mut Components) -> Value {
    let mut builder = builder(components, route.parameter_names());
    if !builder.path_names.is_empty() {
        builder.problem(&types::BAD_REQUEST);
    }
    (route.document.describe)(&mut builder);
    // A return type that sets no status is described with the status 200. A status in the operation's attribute
    // replaces this 200.
    if let Some(status) = route.document.status
        && let Some(ok) = builder.responses.remove(&StatusCode::OK.as_u16())
    {
        let response = builder.responses.entry(status.as_u16()).or_default();
        response.descriptions = vec![status.canonical_reason().unwrap_or("Success").to_owned()];
        response.headers.extend(ok.headers);
        if status != StatusCode::NO_CONTENT {
            response.content.extend(ok.content);
        }
    }
    for kind in route.document.errors {
        builder.problem(kind);
    }
    // Every parameter of a path is in the document, even if no argument reads the parameter.
    for name in builder.path_names.clone() {
        builder.parameter(
            ParameterLocation::Path,
            name,
            json!({"type": "string"}),
            true,
        );
    }
    let mut operation = operation_object(route.document.doc, builder);
    operation["operationId"] = route.id.into();
    if let Some(tag) = route.document.tag {
        operation["tags"] = json!([tag]);
    }
    if route.document.deprecated {
        operation["deprecated"] = true.into();
    }
    operation
}

fn webhook(name: &str, doc: &str, describe: Describe, components: &mut Components) -> Value {
    let mut builder = builder(components, Vec::new());
    builder.is_webhook = true;
    describe(&mut builder);
    let mut operation = operation_object(doc, builder);
    operation["operationId"] = name.into();
    operation
}

fn builder<'a>(
    components: &'a mut Components,
    path_names: Vec<&'static str>,
) -> OperationBuilder<'a> {
    OperationBuilder {
        components,
        is_webhook: false,
        is_optional: false,
        path_names,
        parameters: Vec::new(),
        body: None,
        responses: BTreeMap::new(),
        default_response: None,
        security: Map::new(),
        optional_security: Map::new(),
    }
}

/// Creates the "Operation Object" of the document.
fn operation_object(doc: &str, builder: OperationBuilder<'_>) -> Value {
    let (summary, description) = doc.split_once("\n\n").unwrap_or((doc, ""));
    let mut responses: Map<String, Value> = builder
        .responses
        .into_iter()
        .map(|(status, response)| (status.to_string(), response_object(response)))
        .collect();
    if let Some(response) = builder.default_response {
        responses.insert("default".to_owned(), response_object(response));
    }
    let security = security(builder.security, builder.optional_security);
    let mut operation = json!({"responses": responses, "security": security});
    if !summary.is_empty() {
        operation["summary"] = summary.replace('\n', " ").trim_end_matches('.').into();
    }
    if !description.trim().is_empty() {
        operation["description"] = description.trim().into();
    }
    if !builder.parameters.is_empty() {
        operation["parameters"] = builder.parameters.into();
    }
    if let Some(body) = builder.body {
        operation["requestBody"] = body;
    }
    operation
}

/// Creates the list of "Security Requirement Objects". A request has to meet one of them.
fn security(required: Map<String, Value>, optional: Map<String, Value>) -> Vec<Value> {
    match (required.is_empty(), optional.is_empty()) {
        (true, true) => Vec::new(),
        (false, true) => vec![required.into()],
        (_, false) => {
            let all: Map<_, _> = required.clone().into_iter().chain(optional).collect();
            vec![all.into(), required.into()]
        }
    }
}

fn response_object(response: ResponseObject) -> Value {
    let mut object = json!({"description": response.descriptions.join("\n\n")});
    if !response.content.is_empty() {
        object["content"] = Value::Object(response.content);
    }
    if !response.headers.is_empty() {
        object["headers"] = Value::Object(response.headers);
    }
    object
}
