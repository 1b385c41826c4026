//! The document of an app, put together from the entries of its operations.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{ResponseObject, Shared};
use super::{Describe, Info, OperationBuilder, tagged};
use crate::problem::{ProblemDocument, ValidationDocument, types};
use crate::routing::Route;

/// Where schemas of what is read are until it is known which of them differ from what is answered.
const INPUT: &str = "/components/inputs";

/// The document as text.
pub(super) fn text(info: &Info, routes: &[&'static Route]) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(build(info, routes).to_string()))
}

/// The whole document.
pub(crate) fn build(info: &Info, routes: &[&'static Route]) -> Value {
    let mut shared = Shared {
        input: generator(INPUT, SchemaSettings::for_deserialize),
        output: generator("/components/schemas", SchemaSettings::for_serialize),
        schemes: Map::new(),
        problems: BTreeMap::new(),
    };
    shared.output.subschema_for::<ProblemDocument>();
    shared.output.subschema_for::<ValidationDocument>();
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, &mut shared);
        let path = paths
            .entry(route.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    let webhooks: Map<String, Value> = info
        .webhooks
        .iter()
        .map(|&(name, doc, describe)| {
            let webhook = webhook(name, doc, describe, &mut shared);
            (name.to_owned(), json!({ "post": webhook }))
        })
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": head(info),
        "servers": [{"url": "/"}],
        "tags": tags(info, routes),
        "paths": paths,
        "components": {"securitySchemes": shared.schemes},
        "x-problems": problems(&shared),
    });
    if !webhooks.is_empty() {
        document["webhooks"] = Value::Object(webhooks);
    }
    let mut schemas = merge(
        shared.input.take_definitions(true),
        shared.output.take_definitions(true),
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

fn head(info: &Info) -> Value {
    let mut head = json!({"title": info.title, "version": info.version});
    if !info.description.is_empty() {
        head["description"] = info.description.into();
    }
    if let Some((name, identifier)) = info.license {
        head["license"] = json!({"name": name, "identifier": identifier});
    }
    head
}

/// Every tag that is described or used, the described ones first.
fn tags(info: &Info, routes: &[&'static Route]) -> Vec<Value> {
    let mut tags: Vec<Value> = info
        .tags
        .iter()
        .map(|(name, text)| json!({"name": name, "description": text}))
        .collect();
    for tag in routes.iter().filter_map(|route| route.document.tag) {
        if !tags.iter().any(|known| known["name"] == tag) {
            tags.push(json!({ "name": tag }));
        }
    }
    tags
}

fn operation(route: &'static Route, shared: &mut Shared) -> Value {
    let mut builder = builder(shared, names(route.path));
    if !builder.names.is_empty() {
        builder.problem(&types::BAD_REQUEST);
    }
    (route.document.describe)(&mut builder);
    // The attribute says the status of a success that says none itself.
    if let Some(status) = route.document.status
        && let Some(answer) = builder.responses.remove(&StatusCode::OK.as_u16())
    {
        let known = builder.responses.entry(status.as_u16()).or_default();
        known.descriptions = vec![status.canonical_reason().unwrap_or("Done").to_owned()];
        known.headers.extend(answer.headers);
        if status != StatusCode::NO_CONTENT {
            known.content.extend(answer.content);
        }
    }
    for kind in route.document.errors {
        builder.problem(kind);
    }
    let mut operation = described(route.document.doc, builder);
    operation["operationId"] = route.id.into();
    if let Some(tag) = route.document.tag {
        operation["tags"] = json!([tag]);
    }
    if route.document.deprecated {
        operation["deprecated"] = true.into();
    }
    operation
}

fn webhook(name: &str, doc: &str, describe: Describe, shared: &mut Shared) -> Value {
    let mut builder = builder(shared, Vec::new());
    builder.sends = true;
    describe(&mut builder);
    let mut operation = described(doc, builder);
    operation["operationId"] = name.into();
    operation
}

fn builder<'a>(shared: &'a mut Shared, names: Vec<&'static str>) -> OperationBuilder<'a> {
    OperationBuilder {
        shared,
        sends: false,
        names,
        parameters: Vec::new(),
        body: None,
        responses: BTreeMap::new(),
        any: None,
        security: Vec::new(),
    }
}

/// The names of the parameters in a path's pattern.
fn names(path: &'static str) -> Vec<&'static str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0.trim_start_matches('*')))
        .collect()
}

fn described(doc: &str, builder: OperationBuilder<'_>) -> Value {
    let (summary, description) = doc.split_once("\n\n").unwrap_or((doc, ""));
    let mut responses: Map<String, Value> = builder
        .responses
        .into_iter()
        .map(|(status, answer)| (status.to_string(), response(answer)))
        .collect();
    if let Some(any) = builder.any {
        responses.insert("default".to_owned(), response(any));
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

fn response(answer: ResponseObject) -> Value {
    let mut response = json!({"description": answer.descriptions.join("\n\n")});
    if !answer.content.is_empty() {
        response["content"] = Value::Object(answer.content);
    }
    if !answer.headers.is_empty() {
        response["headers"] = Value::Object(answer.headers);
    }
    response
}

/// Every kind of problem that an operation names, with what its page says.
fn problems(shared: &Shared) -> Map<String, Value> {
    let mut problems = Map::new();
    for (name, kind) in &shared.problems {
        let text = json!({"status": kind.status.as_u16(), "title": kind.title, "detail": kind.doc});
        problems.insert((*name).to_owned(), text);
    }
    problems
}

/// All schemas by one name each: one that is read and one that is answered share a name where they are the same.
fn merge(
    inputs: Map<String, Value>,
    mut outputs: Map<String, Value>,
    document: &mut Value,
) -> Map<String, Value> {
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let mut taken = Map::new();
    for (name, schema) in inputs {
        let same = |output: &Value| {
            let mut plain = schema.clone();
            refer(&mut plain, &|name| format!("#/components/schemas/{name}"));
            plain == *output
        };
        let free = match outputs.get(&name) {
            Some(output) if !same(output) => format!("{name}Input"),
            _ => name.clone(),
        };
        renamed.insert(name, free.clone());
        taken.insert(free, schema);
    }
    let place = |name: &str| {
        let name = renamed.get(name).map_or(name, String::as_str);
        format!("#/components/schemas/{name}")
    };
    refer(document, &place);
    for (name, mut schema) in taken {
        refer(&mut schema, &place);
        outputs.insert(name, schema);
    }
    outputs
}

/// Rewrites every reference to a schema of what is read.
fn refer(value: &mut Value, place: &dyn Fn(&str) -> String) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        let name = reference
                            .strip_prefix('#')
                            .and_then(|rest| rest.strip_prefix(INPUT));
                        if let Some(name) = name.and_then(|rest| rest.strip_prefix('/')) {
                            *reference = place(name);
                        }
                    }
                    value => refer(value, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, place)),
        _ => {}
    }
}
