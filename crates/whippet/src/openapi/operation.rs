//! Building one operation of the document: its arguments and its return type add their parts.

use std::collections::{BTreeMap, btree_map};

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::parameters;
use crate::ProblemType;
use crate::problem::types;

/// The location of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterLocation {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

impl ParameterLocation {
    fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// The parts of a document that its operations share.
#[derive(Debug)]
pub(super) struct Components {
    /// The schemas of request bodies.
    pub(super) inputs: SchemaGenerator,
    /// The schemas of response bodies. A type may have both, and serde may read and write it differently.
    pub(super) outputs: SchemaGenerator,
    pub(super) security_schemes: Map<String, Value>,
    pub(super) problems: BTreeMap<&'static str, ProblemType>,
}

/// Builds one operation of the OpenAPI document. Arguments and return types add their parts to it.
///
/// Duplicate declarations are merged.
#[derive(Debug)]
pub struct OperationBuilder<'a> {
    pub(super) components: &'a mut Components,
    /// Whether the operation is a webhook, a request that the API sends.
    pub(super) is_webhook: bool,
    /// The names of the path parameters, in order.
    pub(super) path_names: Vec<&'static str>,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, ResponseObject>,
    /// The responses with a status that is known only at run time: `default` in the document.
    pub(super) default_response: Option<ResponseObject>,
    pub(super) security: Vec<Value>,
}

/// The responses with one status: a "Response Object" of OpenAPI.
#[derive(Debug, Default)]
pub(super) struct ResponseObject {
    pub(super) descriptions: Vec<String>,
    pub(super) content: Map<String, Value>,
    pub(super) headers: Map<String, Value>,
}

impl OperationBuilder<'_> {
    /// Adds the parameters that `T` is read from: one for each property of an object or item of a tuple, and a single
    /// one for any other type.
    pub fn parameters<T: JsonSchema>(&mut self, location: ParameterLocation) {
        // Inlines the schemas of other types: the schema of a parameter contains no references.
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let path_names = match location {
            ParameterLocation::Path => self.path_names.clone(),
            _ => Vec::new(),
        };
        for (name, schema, required) in parameters::from_schema(schema.to_value(), &path_names) {
            self.parameter(location, &name, schema, required);
        }
        self.problem(&types::VALIDATION);
    }

    /// Adds a parameter. The description of its schema becomes the description of the parameter.
    pub fn parameter(
        &mut self,
        location: ParameterLocation,
        name: &str,
        schema: Value,
        required: bool,
    ) {
        let is_same = |other: &Value| other["name"] == name && other["in"] == location.name();
        if self.parameters.iter().any(is_same) {
            return;
        }
        let (schema, description) = parameters::without_null(schema);
        let required = required || location == ParameterLocation::Path;
        let mut parameter =
            json!({"name": name, "in": location.name(), "required": required, "schema": schema});
        if let Some(description) = description {
            parameter["description"] = description;
        }
        self.parameters.push(parameter);
    }

    /// Adds a request body: a `T` in this media type.
    pub fn body<T: JsonSchema>(&mut self, media: &str) {
        let generator = if self.is_webhook {
            &mut self.components.outputs
        } else {
            &mut self.components.inputs
        };
        let schema = generator.subschema_for::<T>().to_value();
        self.body_with_schema(media, schema);
    }

    /// Adds a request body with this media type and schema. The schema `true` accepts any value.
    pub fn body_with_schema(&mut self, media: &str, schema: Value) {
        let body = self
            .body
            .get_or_insert_with(|| json!({"content": {}, "required": true}));
        body["content"][media] = json!({"schema": schema});
    }

    /// Adds a response: `status`, with a `T` in this media type.
    pub fn response<T: JsonSchema>(&mut self, status: StatusCode, media: &str) {
        let schema = self.components.outputs.subschema_for::<T>().to_value();
        self.response_with_schema(status, media, schema);
    }

    /// Adds a response: `status`, with this media type and schema. The schema `true` accepts any value.
    pub fn response_with_schema(&mut self, status: StatusCode, media: &str, schema: Value) {
        self.response_mut(status)
            .content
            .insert(media.to_owned(), json!({"schema": schema}));
    }

    /// Adds a response without a body. A body that another call adds for `status` stays.
    pub fn status(&mut self, status: StatusCode) {
        self.response_mut(status);
    }

    /// Adds the response `default`: the operation may respond with any other status and body.
    pub fn default_response(&mut self) {
        let response = self.default_response.get_or_insert_default();
        response.descriptions = vec!["Any other response.".to_owned()];
    }

    /// Adds a header to the response `status`.
    pub fn response_header(&mut self, status: StatusCode, name: &str, description: &str) {
        let header = json!({"description": description, "schema": {"type": "string"}});
        self.response_mut(status)
            .headers
            .insert(name.to_owned(), header);
    }

    /// Adds a problem response.
    pub fn problem(&mut self, kind: &ProblemType) {
        let previous = self.components.problems.insert(kind.name, *kind);
        debug_assert!(
            previous.is_none_or(|previous| previous == *kind),
            "two problem types have the name {:?}",
            kind.name
        );
        let schema = if kind.status == StatusCode::UNPROCESSABLE_ENTITY {
            "ValidationProblem"
        } else {
            "Problem"
        };
        let response = self.responses.entry(kind.status.as_u16()).or_default();
        let description = format!("`{}`: {}", kind.name, kind.doc);
        if !response.descriptions.contains(&description) {
            response.descriptions.push(description);
        }
        let schema = json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}});
        response
            .content
            .insert("application/problem+json".to_owned(), schema);
    }

    /// Adds a security scheme that the operation requires, such as `json!({"type": "http", "scheme": "bearer"})`.
    pub fn security(&mut self, name: &str, scheme: Value) {
        self.components
            .security_schemes
            .insert(name.to_owned(), scheme);
        let requirement = json!({ name: [] });
        if !self.security.contains(&requirement) {
            self.security.push(requirement);
        }
    }

    fn response_mut(&mut self, status: StatusCode) -> &mut ResponseObject {
        match self.responses.entry(status.as_u16()) {
            btree_map::Entry::Occupied(existing) => existing.into_mut(),
            btree_map::Entry::Vacant(new) => {
                let reason = status.canonical_reason().unwrap_or("A response");
                let response = new.insert(ResponseObject::default());
                response.descriptions.push(reason.to_owned());
                response
            }
        }
    }
}
