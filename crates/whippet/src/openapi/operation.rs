//! Building one operation of the OpenAPI document, from the parts that the arguments and the return type add.

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

/// The parts of the OpenAPI document that all operations share.
#[derive(Debug)]
pub(super) struct Components {
    /// The schemas of request bodies.
    pub(super) inputs: SchemaGenerator,
    /// The schemas of response bodies. A type may have a different schema in requests and in responses, because serde
    /// may read and write the type differently.
    pub(super) outputs: SchemaGenerator,
    pub(super) security_schemes: Map<String, Value>,
    pub(super) problems: BTreeMap<&'static str, ProblemType>,
}

/// Builds one operation of the OpenAPI document. Arguments and return types add their parts to the operation.
///
/// Duplicate declarations are merged.
#[derive(Debug)]
pub struct OperationBuilder<'a> {
    pub(super) components: &'a mut Components,
    /// Whether the operation is a webhook, a request that the API sends.
    pub(super) is_webhook: bool,
    /// The names of the path parameters, in the order of the path.
    pub(super) path_names: Vec<&'static str>,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, ResponseObject>,
    /// The response `default` of the operation, for a status that is known only at run time.
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
    /// Adds the parameters that `T` is read from. An object has a parameter for each property, a tuple has a parameter
    /// for each item, and any other type has a single parameter.
    pub fn parameters<T: JsonSchema>(&mut self, location: ParameterLocation) {
        // Inlines the schemas of nested types, so that the schema of a parameter contains no references.
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

    /// Adds a parameter. The description in the schema becomes the description of the parameter.
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

    /// Adds a request body, which is a `T` in the media type `media`.
    pub fn body<T: JsonSchema>(&mut self, media: &str) {
        let generator = if self.is_webhook {
            &mut self.components.outputs
        } else {
            &mut self.components.inputs
        };
        let schema = generator.subschema_for::<T>().to_value();
        self.body_with_schema(media, schema);
    }

    /// Adds a request body with a media type and a schema. The schema `true` accepts any value.
    pub fn body_with_schema(&mut self, media: &str, schema: Value) {
        let body = self
            .body
            .get_or_insert_with(|| json!({"content": {}, "required": true}));
        body["content"][media] = json!({"schema": schema});
    }

    /// Adds a response with the status `status`, whose body is a `T` in the media type `media`.
    pub fn response<T: JsonSchema>(&mut self, status: StatusCode, media: &str) {
        let schema = self.components.outputs.subschema_for::<T>().to_value();
        self.response_with_schema(status, media, schema);
    }

    /// Adds a response with a status, a media type and a schema. The schema `true` accepts any value.
    pub fn response_with_schema(&mut self, status: StatusCode, media: &str, schema: Value) {
        self.response_mut(status)
            .content
            .insert(media.to_owned(), json!({"schema": schema}));
    }

    /// Adds a response with the status `status` and without a body. If another call adds a body for the status, the
    /// response keeps that body.
    pub fn status(&mut self, status: StatusCode) {
        self.response_mut(status);
    }

    /// Adds the response `default`, for an operation that may respond with any other status and body.
    pub fn default_response(&mut self) {
        let response = self.default_response.get_or_insert_default();
        response.descriptions = vec!["Any other response.".to_owned()];
    }

    /// Adds a header to the response with the status `status`.
    pub fn response_header(&mut self, status: StatusCode, name: &str, description: &str) {
        let header = json!({"description": description, "schema": {"type": "string"}});
        self.response_mut(status)
            .headers
            .insert(name.to_owned(), header);
    }

    /// Adds the response of a problem type.
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
