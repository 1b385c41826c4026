//! Builds the OpenAPI document of an app from the app's operations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Components, ResponseObject, SecurityChoice};
use super::schemas::{self, INPUTS, SCHEMAS};
use super::{Describe, Info, OperationBuilder, ParameterLocation, integers, problems, tagged};
use crate::problem::types;
use crate::routing::Mounted;

/// Returns the OpenAPI document as text.
pub(super) fn text(info: &Info, operations: &[Mounted]) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(build(info, operations).to_string()))
}

/// Builds the document.
pub(crate) fn build(info: &Info, operations: &[Mounted]) -> Value {
    let mut components = Components {
        inputs: generator(INPUTS, SchemaSettings::for_deserialize),
        outputs: generator(SCHEMAS, SchemaSettings::for_serialize),
        security_schemes: Map::new(),
        problems: BTreeMap::new(),
    };
    problems::add_base(&mut components.outputs);
    let mut paths = Map::new();
    for mounted in operations {
        let operation = operation(mounted, &mut components);
        let path = paths
            .entry(mounted.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        path[mounted.route.method.as_str().to_ascii_lowercase()] = operation;
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
        "tags": tags(info, operations),
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
    integers::add_limits(&mut document);
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
fn tags(info: &Info, operations: &[Mounted]) -> Vec<Value> {
    let mut tags: Vec<Value> = info
        .tags
        .iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    for tag in operations.iter().filter_map(|operation| operation.tag) {
        if !tags.iter().any(|existing| existing["name"] == tag) {
            tags.push(json!({ "name": tag }));
        }
    }
    tags
}

fn operation(mounted: &Mounted, components: &mut Components) -> Value {
    let route = mounted.route;
    let mut builder = builder(components, mounted.parameter_names());
    if !builder.path_names.is_empty() {
        builder.problem(&types::BAD_REQUEST);
    }
    builder.scopes = route.scopes;
    for dependency in &mounted.dependencies {
        (dependency.describe)(&mut builder);
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
    let successes = builder.responses.range(200..300);
    let successes: Vec<u16> = successes.map(|(status, _)| *status).collect();
    for status in successes
        .into_iter()
        .filter_map(|status| StatusCode::from_u16(status).ok())
    {
        for (name, description) in builder.success_headers.clone() {
            builder.response_header(status, name, description);
        }
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
    if let Some(tag) = mounted.tag {
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
    // An operation must have at least one response (OpenAPI 3.1, "Responses Object").
    if builder.responses.is_empty() {
        let any = builder.default_response.get_or_insert_default();
        any.descriptions = vec!["Any response.".to_owned()];
    }
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
        security: Vec::new(),
        success_headers: Vec::new(),
        replaces_security: false,
        scopes: &[],
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
    let security = security(&builder.security, builder.scopes);
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

/// Creates the list of "Security Requirement Objects". A request has to meet at least one of these requirements.
fn security(choices: &[SecurityChoice], scopes: &[&str]) -> Vec<Value> {
    let mut requirements = vec![Map::new()];
    for SecurityChoice { names, is_optional } in choices {
        let mut longer: Vec<Map<_, _>> = Vec::new();
        for requirement in requirements {
            let with = names.iter().map(|name| {
                let mut requirement = requirement.clone();
                requirement.insert(name.clone(), json!(scopes));
                requirement
            });
            let without = is_optional.then(|| requirement.clone());
            for requirement in with.chain(without) {
                if !longer.contains(&requirement) {
                    longer.push(requirement);
                }
            }
        }
        requirements = longer;
    }
    match &*requirements {
        [none] if none.is_empty() => Vec::new(),
        _ => requirements.into_iter().map(Value::Object).collect(),
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
