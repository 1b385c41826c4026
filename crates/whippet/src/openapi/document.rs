//! Building the OpenAPI document of an app from the app's operations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Components, ResponseObject};
use super::{Describe, Info, OperationBuilder, tagged};
use crate::problem::{ProblemDocument, ValidationDocument, types};
use crate::routing::Route;

/// The path of the schemas in the final OpenAPI document.
const SCHEMAS: &str = "/components/schemas";

/// The path of the schemas of request bodies, until [`merge`] has compared them with the schemas of response bodies.
const INPUTS: &str = "/components/inputs";

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
    components.outputs.subschema_for::<ProblemDocument>();
    components.outputs.subschema_for::<ValidationDocument>();
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
        "x-problems": problem_types(&components),
    });
    if !webhooks.is_empty() {
        document["webhooks"] = Value::Object(webhooks);
    }
    let mut schemas = merge(
        components.inputs.take_definitions(true),
        components.outputs.take_definitions(true),
        &mut document,
    );
    tagged::name_variants(&mut schemas);
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
    let mut builder = builder(components, path_names(route.path));
    if !builder.path_names.is_empty() {
        builder.problem(&types::BAD_REQUEST);
    }
    (route.document.describe)(&mut builder);
    // The status in the attribute replaces the status 200, which a return type has if it sets no other status.
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
        path_names,
        parameters: Vec::new(),
        body: None,
        responses: BTreeMap::new(),
        default_response: None,
        security: Vec::new(),
    }
}

/// Returns the names of the parameters in a path pattern.
fn path_names(path: &'static str) -> Vec<&'static str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0.trim_start_matches('*')))
        .collect()
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
    let mut operation = json!({"responses": responses, "security": builder.security});
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

/// Returns the descriptions of the problem types that the operations declare, by the name of the problem type.
fn problem_types(components: &Components) -> Map<String, Value> {
    let mut types = Map::new();
    for (name, kind) in &components.problems {
        let description =
            json!({"status": kind.status.as_u16(), "title": kind.title, "detail": kind.doc});
        types.insert((*name).to_owned(), description);
    }
    types
}

/// Merges the schemas of request bodies and response bodies, and updates the references in the document.
///
/// If a type has the same schema in request bodies and response bodies, the document contains the schema once. If the
/// two schemas of a type differ, the name of the schema for request bodies gets the suffix `Input`.
fn merge(
    inputs: Map<String, Value>,
    mut outputs: Map<String, Value>,
    document: &mut Value,
) -> Map<String, Value> {
    let mut new_names: BTreeMap<String, String> = BTreeMap::new();
    let mut renamed = Map::new();
    for (name, schema) in inputs {
        let is_same = |output: &Value| {
            let mut input = schema.clone();
            rewrite_references(&mut input, &|name| format!("#{SCHEMAS}/{name}"));
            input == *output
        };
        let new_name = match outputs.get(&name) {
            Some(output) if !is_same(output) => format!("{name}Input"),
            _ => name.clone(),
        };
        new_names.insert(name, new_name.clone());
        renamed.insert(new_name, schema);
    }
    let reference = |name: &str| {
        let name = new_names.get(name).map_or(name, String::as_str);
        format!("#{SCHEMAS}/{name}")
    };
    rewrite_references(document, &reference);
    for (name, mut schema) in renamed {
        rewrite_references(&mut schema, &reference);
        outputs.insert(name, schema);
    }
    outputs
}

/// Replaces every reference to a schema in [`INPUTS`] with the result of `new_reference` for the schema's name.
fn rewrite_references(value: &mut Value, new_reference: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        let name = reference
                            .strip_prefix('#')
                            .and_then(|rest| rest.strip_prefix(INPUTS));
                        if let Some(name) = name.and_then(|rest| rest.strip_prefix('/')) {
                            *reference = new_reference(name);
                        }
                    }
                    value => rewrite_references(value, new_reference),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| rewrite_references(item, new_reference)),
        _ => {}
    }
}
