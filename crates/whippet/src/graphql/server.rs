//! Serving a schema over HTTP.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;

use super::accept::{Accepted, Media, NOT_ACCEPTABLE};
use super::documents::Documents;
use super::drive::drive;
use super::executable::{Build, Executable, Lazy, Options};
use super::operation::{Operation, Outcome};
use super::params::{self, Operations};
use super::socket::{self, Origins};
use super::state::RequestState;
use super::{INTROSPECTION, Limits, graphiql, respond, stream};
use crate::problem::types;
use crate::{Context, Problem, websocket};

/// The schema and the settings with which the routes of an endpoint respond.
pub(super) struct Server {
    pub(super) build: Build,
    pub(super) limits: Limits,
    pub(super) documents: Documents,
    pub(super) origins: Origins,
    pub(super) built: Lazy,
}

impl Server {
    /// Responds to a request.
    pub(super) async fn serve(self: Arc<Self>, request: Request, context: Context) -> Response {
        if request.method() == Method::GET && websocket::is_requested(request.headers()) {
            let opened = socket::respond(self, request, context).await;
            return opened.unwrap_or_else(IntoResponse::into_response);
        }
        if request.method() == Method::GET
            && context.config().flag(INTROSPECTION).unwrap_or_default()
            && let Some(redirect) = graphiql::redirect(&request)
        {
            return redirect;
        }
        let accepted = match Accepted::from_headers(request.headers()) {
            Ok(accepted) => accepted,
            Err(problem) => return respond::rejected(problem, Media::Json),
        };
        let media = accepted.result.unwrap_or(Media::Json);
        let result = self.respond(request, context, accepted).await;
        result.unwrap_or_else(|problem| respond::rejected(problem, media))
    }

    async fn respond(
        &self,
        request: Request,
        context: Context,
        accepted: Accepted,
    ) -> Result<Response, Problem> {
        let introspection = context.config().flag(INTROSPECTION)?;
        let executable = self.executable(introspection)?;
        let (parts, body) = request.into_parts();
        let operations = params::read(&parts, body, &context, &self.limits).await?;
        let is_get = parts.method != Method::POST;
        let state = RequestState::new(parts, context);
        let prepare = |params| -> Result<Operation, Problem> {
            let operation =
                Operation::prepare(params, &self.limits, &self.documents, introspection, &state)?;
            check_method(operation.kind(), is_get)?;
            Ok(operation)
        };
        match operations {
            Operations::One(params) => {
                let operation = prepare(params)?;
                match (operation.kind(), accepted.result) {
                    (OperationType::Subscription, _) | (_, None) if accepted.events => {
                        Ok(stream::respond(executable, operation, &state))
                    }
                    (OperationType::Subscription, _) => Err(NOT_ACCEPTABLE.with_detail(
                        "a subscription is a stream: send `Accept: text/event-stream`",
                    )),
                    (_, media) => {
                        let execution = Box::pin(execute(executable, operation, &state));
                        let outcome = drive(&state.loads, execution).await;
                        Ok(respond::one(&outcome, media.unwrap_or(Media::Json)))
                    }
                }
            }
            Operations::Batch(params) => {
                let media = accepted.result.ok_or_else(|| {
                    NOT_ACCEPTABLE.with_detail(
                        "the results of a batch are JSON: send `Accept: application/json`",
                    )
                })?;
                let operations: Result<Vec<_>, _> = params.into_iter().map(prepare).collect();
                let outcomes = execute_batch(executable, operations?, &state).await?;
                Ok(respond::batch(&outcomes, media))
            }
        }
    }

    /// Returns the schema. The first call builds the schema.
    pub(super) fn executable(&self, introspection: bool) -> Result<&Executable, Problem> {
        let limits = self.limits;
        let options = Options {
            limits,
            introspection,
        };
        let executable = self.built.get_or_init(|| (self.build)(options));
        match executable.has_foreign_uploads {
            false => Ok(executable),
            true => Err(Problem::internal(
                "the schema has the type `Upload` of async-graphql, which `whippet::graphql` does not support: use `whippet::extract::File`",
            )),
        }
    }
}

/// Rejects a mutation by `GET`. A `GET` must not change anything, because any site can make a browser send a `GET`.
fn check_method(kind: OperationType, is_get: bool) -> Result<(), Problem> {
    match kind {
        OperationType::Mutation if is_get => Err(types::METHOD_NOT_ALLOWED
            .with_detail("a mutation cannot be sent with GET: send it with POST")
            .header(header::ALLOW, HeaderValue::from_static("POST"))),
        _ => Ok(()),
    }
}

async fn execute(executable: &Executable, operation: Operation, state: &RequestState) -> Outcome {
    let Operation {
        request,
        mut report,
        failed,
    } = operation;
    report.start(&state.context);
    let response = match failed {
        Some(response) => response,
        None => (executable.execute)(request).await,
    };
    let (outcome, errors) = report.outcome(response, &state.context);
    report.log(errors, &state.context);
    outcome
}

/// Executes the operations of a batch. If one of them is a mutation, the operations run one after the other. Otherwise,
/// the operations run concurrently, so that they share loads.
async fn execute_batch(
    executable: &Executable,
    operations: Vec<Operation>,
    state: &RequestState,
) -> Result<Vec<Outcome>, Problem> {
    let has = |kind| operations.iter().any(|operation| operation.kind() == kind);
    if has(OperationType::Subscription) {
        let detail = "a batch cannot contain a subscription: send the subscription alone";
        return Err(Problem::bad_request(detail));
    }
    let is_ordered = has(OperationType::Mutation);
    let executions = operations
        .into_iter()
        .map(|operation| execute(executable, operation, state));
    if !is_ordered {
        return Ok(drive(&state.loads, Box::pin(join_all(executions))).await);
    }
    let mut outcomes = Vec::new();
    for execution in executions {
        outcomes.push(drive(&state.loads, Box::pin(execution)).await);
        // The next operation must not reuse loaded values, because this operation may have changed the data. Unfinished
        // loads must not remain either: nothing completes them after the end of this operation, so the next operation
        // would wait for them forever.
        state.loads.clear();
    }
    Ok(outcomes)
}
