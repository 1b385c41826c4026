//! Builds one operation of the OpenAPI document. Each argument and the return type add their parts to the operation.

use std::collections::{BTreeMap, btree_map};

use axum::http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{SecurityScheme, parameters};
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

/// The path under which the schemas of problem types with extensions are stored. The path exists only while the
/// document is being built.
pub(super) const PROBLEMS: &str = "/components/problems";

impl ParameterLocation {
    pub(crate) fn name(self) -> &'static str {
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
    /// The input schemas, which describe what the API receives: the bodies of requests, and the responses to webhooks.
    pub(super) inputs: SchemaGenerator,
    /// The output schemas, which describe what the API sends: the bodies of responses and webhooks. The output schema
    /// of a type may differ from its input schema, because serde may read and write the type differently.
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
    /// Whether a request may omit the parameters and the body that are being described.
    pub(super) is_optional: bool,
    /// The names of the path parameters, in the order of the path.
    pub(super) path_names: Vec<&'static str>,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    pub(super) responses: BTreeMap<u16, ResponseObject>,
    /// The response `default` of the operation, for a status that is known only at run time.
    pub(super) default_response: Option<ResponseObject>,
    /// The security requirements of the operation. A request has to meet all of them.
    pub(super) security: Vec<SecurityChoice>,
    /// The headers that every successful response has: their names and descriptions.
    pub(super) success_headers: Vec<(&'static str, &'static str)>,
    /// Whether a dependency replaces the security schemes of its arguments.
    pub(super) replaces_security: bool,
    /// The scopes that the operation requires.
    pub(super) scopes: &'static [&'static str],
}

/// A security requirement: a request has to use one of these security schemes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SecurityChoice {
    pub(super) names: Vec<String>,
    /// Whether a request may also use none of these security schemes.
    pub(super) is_optional: bool,
}

/// The responses with one status: a "Response Object" of OpenAPI.
#[derive(Debug, Default)]
pub(super) struct ResponseObject {
    pub(super) descriptions: Vec<String>,
    pub(super) content: Map<String, Value>,
    pub(super) headers: Map<String, Value>,
}

impl ResponseObject {
    /// Adds the schema of a body. If the response already has another schema for the media type, a body may match
    /// either schema.
    fn add_content(&mut self, media: &str, schema: Value) {
        let schema = object(schema);
        let Some(content) = self.content.get_mut(media) else {
            self.content
                .insert(media.to_owned(), json!({"schema": schema}));
            return;
        };
        let present = &mut content["schema"];
        if *present == schema {
            return;
        }
        match present.get_mut("anyOf").and_then(Value::as_array_mut) {
            Some(schemas) if schemas.contains(&schema) => {}
            Some(schemas) => schemas.push(schema),
            None => *present = json!({"anyOf": [present.take(), schema]}),
        }
    }
}

impl OperationBuilder<'_> {
    /// Adds the parameters from which `T` is read. An object has a parameter for each property, a tuple has a parameter
    /// for each item, and any other type has a single parameter.
    pub fn parameters<T: JsonSchema>(&mut self, location: ParameterLocation) {
        // Inline the schemas of nested types, so that the schema of a parameter contains no references.
        let mut settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        if self.is_webhook {
            settings = settings.for_serialize();
        }
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let path_names = match location {
            ParameterLocation::Path => self.path_names.clone(),
            _ => Vec::new(),
        };
        for (name, schema, required) in parameters::from_schema(schema.to_value(), &path_names) {
            // Skip a field that this path does not have. A type may be read from several paths, and some of them may
            // not contain its optional fields.
            if location == ParameterLocation::Path && !path_names.contains(&name.as_str()) {
                continue;
            }
            self.parameter(location, &name, schema, required);
        }
        // The receiver of a webhook determines the responses, not this API.
        if !self.is_webhook {
            self.problem(&types::VALIDATION);
        }
    }

    /// Adds a parameter. The description in the schema becomes the description of the parameter.
    pub fn parameter(
        &mut self,
        location: ParameterLocation,
        name: &str,
        schema: Value,
        required: bool,
    ) {
        let required = location == ParameterLocation::Path || (required && !self.is_optional);
        let is_same = |other: &&mut Value| other["name"] == name && other["in"] == location.name();
        if let Some(same) = self.parameters.iter_mut().find(is_same) {
            if required {
                same["required"] = true.into();
            }
            return;
        }
        let (schema, description) = parameters::without_null(schema);
        let mut parameter = json!({"name": name, "in": location.name(), "required": required, "schema": object(schema)});
        if let Some(description) = description {
            parameter["description"] = description;
        }
        self.parameters.push(parameter);
    }

    /// Adds a request body, which is a `T` in the media type `media`.
    pub fn body<T: JsonSchema>(&mut self, media: &str) {
        let schema = self.schema::<T>(self.is_webhook);
        self.body_with_schema(media, schema);
    }

    /// Adds a request body with a media type and a schema. The schema `true` accepts any value.
    pub fn body_with_schema(&mut self, media: &str, schema: Value) {
        let required = !self.is_optional;
        let body = self
            .body
            .get_or_insert_with(|| json!({"content": {}, "required": required}));
        body["content"][media] = json!({"schema": object(schema)});
    }

    /// Adds a form with files as the request body.
    pub(crate) fn form_body(&mut self, schema: Value, encoding: Value) {
        self.body_with_schema("multipart/form-data", schema);
        if let (Some(body), false) = (&mut self.body, encoding == json!({})) {
            body["content"]["multipart/form-data"]["encoding"] = encoding;
        }
    }

    /// Returns the input schema of `T`. Each `$ref` is replaced by the schema it refers to.
    pub(crate) fn inline_schema<T: JsonSchema>(&mut self) -> Value {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let mut schema = settings.into_generator().into_root_schema_for::<T>();
        schema.remove("title");
        schema.to_value()
    }

    /// Adds a response with the status `status`. The body is a `T` in the media type `media`.
    pub fn response<T: JsonSchema>(&mut self, status: StatusCode, media: &str) {
        let schema = self.schema::<T>(!self.is_webhook);
        self.response_with_schema(status, media, schema);
    }

    /// Adds a response with a status, a media type and a schema. The schema `true` accepts any value. A body may match
    /// any of the schemas that are added for its status and media type.
    pub fn response_with_schema(&mut self, status: StatusCode, media: &str, schema: Value) {
        self.response_mut(status).add_content(media, schema);
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

    /// Adds a header to each response with a status from 200 to 299.
    pub fn header_of_successes(&mut self, name: &'static str, description: &'static str) {
        self.success_headers.push((name, description));
    }

    /// Adds the response for problems of the type `kind`.
    pub fn problem(&mut self, kind: &ProblemType) {
        let previous = self.components.problems.insert(kind.name, *kind);
        debug_assert!(
            previous.is_none_or(|previous| previous == *kind),
            "two problem types have the name {:?}: rename one",
            kind.name
        );
        let response = self.responses.entry(kind.status.as_u16()).or_default();
        let description = format!("`{}`: {}", kind.name, kind.doc);
        if !response.descriptions.contains(&description) {
            response.descriptions.push(description);
        }
        let reference = if kind.extensions.is_empty() {
            "#/components/schemas/Problem".to_owned()
        } else {
            format!("#{PROBLEMS}/{}", kind.name)
        };
        response.add_content("application/problem+json", json!({"$ref": reference}));
    }

    /// Returns whether the operation requires scopes.
    #[must_use]
    pub fn has_scopes(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Adds a security requirement: a request has to use one of `schemes`, in addition to the other requirements of the
    /// operation.
    pub fn security_schemes(&mut self, schemes: &[SecurityScheme]) {
        let schemes = schemes.iter();
        self.any_security(
            schemes
                .map(|scheme| (scheme.name, scheme.object()))
                .collect(),
        );
    }

    /// Adds a security requirement: a request has to use one of `schemes`. Ignores the security schemes that `describe`
    /// adds.
    pub fn secured_by(
        &mut self,
        schemes: &[SecurityScheme],
        describe: impl FnOnce(&mut OperationBuilder<'_>),
    ) {
        let outer = std::mem::replace(&mut self.replaces_security, true);
        describe(self);
        self.replaces_security = outer;
        self.security_schemes(schemes);
        self.problem(&types::AUTHENTICATION_FAILED);
    }

    /// Adds a security scheme, such as `json!({"type": "http", "scheme": "bearer"})`. A request has to use the scheme,
    /// in addition to the other security requirements of the operation. The scopes of the operation are listed with
    /// each scheme.
    pub fn security(&mut self, name: &str, scheme: Value) {
        self.any_security(vec![(name, scheme)]);
    }

    fn any_security(&mut self, schemes: Vec<(&str, Value)>) {
        if self.replaces_security {
            return;
        }
        let mut choice = SecurityChoice {
            names: Vec::new(),
            is_optional: self.is_optional,
        };
        for (name, scheme) in schemes {
            self.components
                .security_schemes
                .insert(name.to_owned(), scheme);
            choice.names.push(name.to_owned());
        }
        self.security.push(choice);
    }

    /// Runs `describe` for arguments that a request may omit.
    pub(crate) fn optional(&mut self, describe: impl FnOnce(&mut OperationBuilder<'_>)) {
        let outer = std::mem::replace(&mut self.is_optional, true);
        describe(self);
        self.is_optional = outer;
    }

    /// Returns the output schema of `T` if `is_sent` is true, and the input schema otherwise.
    fn schema<T: JsonSchema>(&mut self, is_sent: bool) -> Value {
        let generator = if is_sent {
            &mut self.components.outputs
        } else {
            &mut self.components.inputs
        };
        generator.subschema_for::<T>().to_value()
    }

    /// Returns the schema of a `T` in a response. The API sends the responses of operations, and receives the responses
    /// to webhooks.
    pub(super) fn output_schema<T: JsonSchema>(&mut self) -> Value {
        self.schema::<T>(!self.is_webhook)
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

/// Replaces the schema `true` with an empty object, because many tools do not read the schema `true`.
fn object(schema: Value) -> Value {
    match schema {
        Value::Bool(true) => json!({}),
        schema => schema,
    }
}
