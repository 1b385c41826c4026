//! The entry of one operation, while its arguments and its return type describe themselves.

use std::collections::{BTreeMap, btree_map};

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::parameters;
use crate::ProblemType;
use crate::problem::types;

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterLocation {
    /// In the path, where its pattern says.
    Path,
    /// In the query string.
    Query,
    /// As a header.
    Header,
    /// As a cookie.
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

/// What the entries of a document share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Schemas of what is read.
    pub(super) input: SchemaGenerator,
    /// Schemas of what is answered, by other names where a type is read too and looks different then.
    pub(super) output: SchemaGenerator,
    pub(super) schemes: Map<String, Value>,
    pub(super) problems: BTreeMap<&'static str, ProblemType>,
}

/// The entry of an operation in the document: what an argument or an answer adds to it.
///
/// What is said twice is there once.
#[derive(Debug)]
pub struct OperationBuilder<'a> {
    pub(super) shared: &'a mut Shared,
    /// Whether the API sends the request.
    pub(super) sends: bool,
    /// The names of the path's parameters, in order.
    pub(super) names: Vec<&'static str>,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, ResponseObject>,
    /// Answers whose status is known only when they are made.
    pub(super) any: Option<ResponseObject>,
    pub(super) security: Vec<Value>,
}

/// The answers of one status.
#[derive(Debug, Default)]
pub(super) struct ResponseObject {
    pub(super) descriptions: Vec<String>,
    pub(super) content: Map<String, Value>,
    pub(super) headers: Map<String, Value>,
}

impl OperationBuilder<'_> {
    /// The parameters that `T` is read from: each property of an object is one, as is each item of a tuple, and any other
    /// type is the only one.
    pub fn parameters<T: JsonSchema>(&mut self, location: ParameterLocation) {
        // Each parameter stands for itself: what its type refers to is put in its location.
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let names = match location {
            ParameterLocation::Path => self.names.clone(),
            _ => Vec::new(),
        };
        for (name, schema, required) in parameters::from_schema(schema.to_value(), &names) {
            self.parameter(location, &name, schema, required);
        }
        self.problem(&types::VALIDATION);
    }

    /// One parameter; its description is the schema's.
    pub fn parameter(
        &mut self,
        location: ParameterLocation,
        name: &str,
        schema: Value,
        required: bool,
    ) {
        let known = |other: &Value| other["name"] == name && other["in"] == location.name();
        if self.parameters.iter().any(known) {
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

    /// The body is a `T` in this media type.
    pub fn body<T: JsonSchema>(&mut self, media: &str) {
        let generator = if self.sends {
            &mut self.shared.output
        } else {
            &mut self.shared.input
        };
        let schema = generator.subschema_for::<T>().to_value();
        self.body_of(media, schema);
    }

    /// The body has this media type and schema; `true` is the schema of anything.
    pub fn body_of(&mut self, media: &str, schema: Value) {
        let body = self
            .body
            .get_or_insert_with(|| json!({"content": {}, "required": true}));
        body["content"][media] = json!({"schema": schema});
    }

    /// The answer `status` has a `T` in this media type.
    pub fn response<T: JsonSchema>(&mut self, status: StatusCode, media: &str) {
        let schema = self.shared.output.subschema_for::<T>().to_value();
        self.response_of(status, media, schema);
    }

    /// The answer `status` has this media type and schema; `true` is the schema of anything.
    pub fn response_of(&mut self, status: StatusCode, media: &str, schema: Value) {
        let answer = self.response_entry(status);
        answer
            .content
            .insert(media.to_owned(), json!({"schema": schema}));
    }

    /// There is an answer `status`, which has no body unless another call says so.
    pub fn status(&mut self, status: StatusCode) {
        self.response_entry(status);
    }

    /// There may be an answer of any status, of which no more is known.
    pub fn any_status(&mut self) {
        let answer = self.any.get_or_insert_default();
        answer.descriptions = vec!["Any other answer.".to_owned()];
    }

    /// The answer `status` has this header.
    pub fn response_header(&mut self, status: StatusCode, name: &str, description: &str) {
        let header = json!({"description": description, "schema": {"type": "string"}});
        self.response_entry(status)
            .headers
            .insert(name.to_owned(), header);
    }

    /// This kind of problem may be the answer.
    pub fn problem(&mut self, kind: &ProblemType) {
        let known = self.shared.problems.insert(kind.name, *kind);
        debug_assert!(known.is_none_or(|known| known == *kind));
        let schema = if kind.status == StatusCode::UNPROCESSABLE_ENTITY {
            "ValidationProblem"
        } else {
            "Problem"
        };
        let answer = self.responses.entry(kind.status.as_u16()).or_default();
        let description = format!("`{}`: {}", kind.name, kind.doc);
        if !answer.descriptions.contains(&description) {
            answer.descriptions.push(description);
        }
        let schema = json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}});
        answer
            .content
            .insert("application/problem+json".to_owned(), schema);
    }

    /// The operation asks for this security scheme: `operation.security("key", json!({"type": "http", "scheme": "bearer"}))`.
    pub fn security(&mut self, name: &str, scheme: Value) {
        self.shared.schemes.insert(name.to_owned(), scheme);
        let requirement = json!({ name: [] });
        if !self.security.contains(&requirement) {
            self.security.push(requirement);
        }
    }

    fn response_entry(&mut self, status: StatusCode) -> &mut ResponseObject {
        match self.responses.entry(status.as_u16()) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) => {
                let reason = status.canonical_reason().unwrap_or("An answer");
                let answer = new.insert(ResponseObject::default());
                answer.descriptions.push(reason.to_owned());
                answer
            }
        }
    }
}
