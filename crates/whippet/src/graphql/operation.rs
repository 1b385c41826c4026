//! One operation of a request, from its parameters to its result.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};

use super::Limits;
use super::document::{self, Selected};
use super::documents::{Document, Documents};
use super::observe::Observed;
use super::params::Params;
use super::scan::scan;
use super::state::RequestState;
use crate::{Context, Problem};

/// An operation that is ready to be executed.
pub(super) struct Operation {
    pub(super) request: Request,
    pub(super) report: Report,
    /// The response with the error if the operation cannot be executed, for example because its document is unknown or
    /// cannot be parsed.
    pub(super) failed: Option<Response>,
}

/// The error for an operation that reads the schema although the server forbids this.
const HIDDEN: &str = "the server does not let clients read its schema";

/// The data for the log line about an operation.
pub(super) struct Report {
    selected: Option<Selected>,
    observed: Arc<Observed>,
    /// The number of statements that the request had run before the operation started.
    statements: u64,
}

impl Operation {
    /// Parses the document and checks the limits.
    ///
    /// Fails if the operation has no document or exceeds a limit. If the document cannot be parsed, `prepare` does not
    /// fail: the error becomes the result of the operation.
    pub(super) fn prepare(
        params: Params,
        limits: &Limits,
        documents: &Documents,
        introspection: bool,
        state: &Arc<RequestState>,
    ) -> Result<Self, Problem> {
        let (text, remember) = match documents.find(params.query, &params.extensions)? {
            Document::Text { text, remember } => (text, remember),
            Document::Unknown(response) => return Ok(Self::failed(response, state)),
        };
        scan(&text, limits)?;
        let document = match parse_query(&text) {
            Ok(document) => document,
            Err(error) => {
                let response = Response::from_errors(vec![ServerError::from(error)]);
                return Ok(Self::failed(response, state));
            }
        };
        let name = params.operation_name.filter(|name| !name.is_empty());
        let selected = document::check(&document, name.as_deref(), limits)?;
        let invalid = document::missing_variable(&document, name.as_deref(), &params.variables);
        let is_hidden = !introspection && selected.as_ref().is_some_and(|one| one.reads_schema);
        let hidden = is_hidden.then(|| ServerError::new(HIDDEN, None));
        if let Some(error) = invalid.or(hidden) {
            return Ok(Self::failed(Response::from_errors(vec![error]), state));
        }
        let report = Report::new(selected, state);
        let mut request = Request::new(&*text)
            .variables(params.variables)
            .data(Arc::clone(state))
            .data(Arc::clone(&report.observed));
        request.operation_name = name;
        request.extensions = params.extensions;
        request.set_parsed_query(document);
        if let Some(hash) = remember {
            documents.remember(hash, text);
        }
        Ok(Self {
            request,
            report,
            failed: None,
        })
    }

    fn failed(response: Response, state: &RequestState) -> Self {
        Self {
            request: Request::new(""),
            report: Report::new(None, state),
            failed: Some(response),
        }
    }

    /// Returns the type of the operation. Returns `Query` if the request does not select an operation of its document.
    pub(super) fn kind(&self) -> OperationType {
        let selected = self.report.selected.as_ref();
        selected.map_or(OperationType::Query, |selected| selected.kind)
    }
}

/// The result of an operation.
pub(super) struct Outcome {
    pub(super) response: Response,
    /// Whether resolvers ran.
    pub(super) has_run: bool,
}

impl Report {
    fn new(selected: Option<Selected>, state: &RequestState) -> Self {
        let observed = Observed {
            is_introspection: selected.as_ref().is_some_and(|one| one.is_introspection),
            is_mutation: selected
                .as_ref()
                .is_some_and(|one| one.kind == OperationType::Mutation),
            ..Observed::default()
        };
        Self {
            selected,
            observed: Arc::new(observed),
            statements: statements(&state.context),
        }
    }

    /// Starts to count the statements of this operation. The statements that earlier operations of a batch have run do
    /// not count.
    pub(super) fn start(&mut self, context: &Context) {
        self.statements = statements(context);
    }

    /// Masks and logs the errors in a response.
    pub(super) fn outcome(&self, mut response: Response, context: &Context) -> (Outcome, usize) {
        response.errors.extend(self.observed.take_errors());
        let errors = super::errors::finish(&mut response, context);
        let has_run = self.observed.has_run();
        (Outcome { response, has_run }, errors)
    }

    /// Writes the log line of the operation.
    pub(super) fn log(&self, errors: usize, context: &Context) {
        let selected = self.selected.as_ref();
        let operation = selected.and_then(|selected| selected.name.as_deref());
        let operation_type = selected.map(|selected| match selected.kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        });
        let depth = self.observed.depth.load(Ordering::Relaxed);
        let complexity = self.observed.complexity.load(Ordering::Relaxed);
        let statements = statements(context) - self.statements;
        tracing::info!(
            target: super::LOG_TARGET,
            operation,
            operation_type,
            depth,
            complexity,
            errors,
            statements,
            "graphql operation"
        );
    }
}

/// Returns the number of statements that the request has run.
fn statements(context: &Context) -> u64 {
    let scope = context.scope();
    scope.map_or(0, |scope| scope.usage.statements.get())
}
