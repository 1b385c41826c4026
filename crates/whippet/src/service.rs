//! The app on a host: one request in, one response out, one log line.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{self, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tracing::Instrument;

use crate::context::PathParams;
use crate::layered::Layered;
use crate::log::{self, RequestLine};
use crate::panic::caught;
use crate::routing::{HeaderSet, HeaderSets, MethodEndpoint, Methods};
use crate::tasks::{Drained, Registry};
use crate::wake_up::Budget;
use crate::{Context, MigrateError, Problem, RequestId, id, telemetry};

/// An app on a host: what the host's entry drives, and tests. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    context: Context,
    dispatcher: Dispatcher,
    /// The dispatcher within the app's layers.
    layered: Option<Layered>,
    tasks: Arc<Registry>,
}

impl Service {
    pub(crate) fn new(
        context: Context,
        dispatcher: Dispatcher,
        layered: Option<Layered>,
        tasks: Arc<Registry>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                context,
                dispatcher,
                layered,
                tasks,
            }),
        }
    }

    /// What the app sees of its host.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Applies the embedded migrations that the database does not have yet, each in a transaction with its ledger row.
    ///
    /// # Errors
    ///
    /// When the ledger names a migration that the program does not have, or one fails; what was applied before stays.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, MigrateError> {
        self.context()
            .migrations()
            .apply(&self.context().db())
            .await
    }

    /// Runs tasks that are due, as many as the host's [budget](crate::host::WakeUp::budget) allows.
    pub async fn run_due_tasks(&self) -> Drained {
        self.run_due_tasks_within(self.context().host().queue.budget())
            .await
    }

    /// Runs tasks that are due until none is or the budget is spent.
    pub async fn run_due_tasks_within(&self, budget: Budget) -> Drained {
        self.inner.tasks.drain(self.context(), budget).await
    }

    /// Whether spans wait to be exported; never without the feature `otlp`.
    #[must_use]
    pub fn has_spans(&self) -> bool {
        self.context().spans().are_waiting()
    }

    /// Exports the spans that wait, after they have waited a moment for others: for the work after a response. Nothing happens
    /// where it is under way.
    pub async fn export_spans_soon(&self) {
        telemetry::export_spans_soon(self.context()).await;
    }

    /// Exports the spans that wait. A failure is logged; what may be taken another time goes on waiting.
    pub async fn export_spans(&self) {
        telemetry::export_spans(self.context()).await;
    }

    /// Answers a request: with its id in a header, one log line, and a problem document for whatever fails.
    pub async fn handle(&self, request: Request) -> Response {
        self.handle_with_lazy_headers(request, |_, _| {}).await
    }

    /// The same for a request whose headers are still the host's: `complete` is called once, before anything is waited for,
    /// and adds those that the route reads.
    pub async fn handle_with_lazy_headers(
        &self,
        request: Request,
        complete: impl FnOnce(&mut Request, &HeaderSet),
    ) -> Response {
        let (mut response, request_id) = self.respond_with_id(request, complete).await;
        if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
            response.headers_mut().insert(id::HEADER, value);
        }
        response
    }

    /// The same, with the request's id beside the response, for a host that sends it in a way of its own.
    pub(crate) async fn respond_with_id(
        &self,
        mut request: Request,
        complete: impl FnOnce(&mut Request, &HeaderSet),
    ) -> (Response, RequestId) {
        let Inner {
            context,
            dispatcher,
            layered,
            ..
        } = &*self.inner;
        // Layers may read any header, and change the path.
        let found = match layered {
            Some(_) => None,
            None => Some(dispatcher.find(&request)),
        };
        let headers = found.as_ref().map_or(HeaderSets::ALL, Found::headers);
        complete(&mut request, dispatcher.headers.get(headers));

        let scope = telemetry::start_request(context, &request);
        let logged = async {
            let line = RequestLine::new(&request);
            let context = context.within(Arc::clone(&scope));
            let mut response = self.dispatch(request, found, context).await;
            if has_no_content(response.status()) {
                *response.body_mut() = Body::empty();
            }
            telemetry::end_request(&self.inner.context, &scope, &line, &response);
            response
        };
        let response = logged.instrument(log::span(&scope)).await;
        (response, scope.request_id.clone())
    }

    async fn dispatch(
        &self,
        mut request: Request,
        found: Option<Found<'_>>,
        context: Context,
    ) -> Response {
        let dispatcher = &self.inner.dispatcher;
        if let Some(layered) = &self.inner.layered {
            // Layers pass on the request and nothing else.
            request.extensions_mut().insert(context);
            return or_problem(caught(layered(request)).await);
        }
        let found = found.unwrap_or_else(|| dispatcher.find(&request));
        dispatcher.call(request, found, context).await
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("context", self.context())
            .finish_non_exhaustive()
    }
}

fn or_problem(outcome: Result<Response, String>) -> Response {
    outcome.unwrap_or_else(|panic| Problem::internal(panic).into_response())
}

/// Finds the handler of a request and calls it.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    context: Context,
    paths: Arc<matchit::Router<(&'static str, Methods)>>,
    headers: Arc<HeaderSets>,
}

/// Where a request leads.
struct Found<'a> {
    /// The pattern of the route; empty where none matched.
    route: &'static str,
    params: PathParams,
    /// What serves it; where there is nothing, the answer that says so.
    served: Result<&'a MethodEndpoint, Response>,
}

impl<'a> Found<'a> {
    fn nothing(route: &'static str, answer: Response) -> Self {
        Self {
            route,
            params: PathParams::default(),
            served: Err(answer),
        }
    }

    fn headers(&self) -> usize {
        match &self.served {
            Ok(served) => served.headers,
            Err(_) => HeaderSets::LEAST,
        }
    }
}

impl Dispatcher {
    pub(crate) fn new(
        context: Context,
        paths: matchit::Router<(&'static str, Methods)>,
        headers: HeaderSets,
    ) -> Self {
        Self {
            context,
            paths: Arc::new(paths),
            headers: Arc::new(headers),
        }
    }

    fn find(&self, request: &Request) -> Found<'_> {
        let Ok(found) = self.paths.at(request.uri().path()) else {
            let detail = format!("there is nothing at {}", request.uri().path());
            return Found::nothing("", Problem::not_found(detail).into_response());
        };
        let (route, methods) = found.value;
        match (decode(&found.params), methods.find(request.method())) {
            (Err(problem), _) => Found::nothing(route, problem.into_response()),
            (Ok(_), None) => Found::nothing(route, without_handler(request.method(), methods)),
            (Ok(params), Some(served)) => Found {
                route,
                params,
                served: Ok(served),
            },
        }
    }

    async fn call(&self, request: Request, found: Found<'_>, context: Context) -> Response {
        if let Some(scope) = context.scope() {
            scope.set_route(found.route);
        }
        let is_head = request.method() == Method::HEAD;
        let mut response = match found.served {
            Ok(served) => {
                let context = context.with_params(found.params);
                or_problem(caught(served.endpoint.call(request, context)).await)
            }
            Err(answer) => answer,
        };
        if is_head {
            drop_body(&mut response);
        }
        response
    }
}

fn decode(params: &matchit::Params<'_, '_>) -> Result<PathParams, Problem> {
    let mut decoded = PathParams::default();
    for (name, value) in params.iter() {
        let text = percent_encoding::percent_decode_str(value).decode_utf8();
        let text = text.map_err(|_| {
            Problem::bad_request(format!("the path parameter {name} is not UTF-8: {value}"))
        })?;
        decoded.push(name, &text);
    }
    Ok(decoded)
}

fn without_handler(method: &Method, methods: &Methods) -> Response {
    let allow = methods.allow();
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response();
    }
    let detail = format!("{method} is not served here; Allow lists what is");
    crate::problem::types::METHOD_NOT_ALLOWED
        .with_detail(detail)
        .header(header::ALLOW, allow)
        .into_response()
}

/// Whether an answer of this status never has a body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
fn has_no_content(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}

/// The answer to `HEAD` has the headers of `GET` and no body (RFC 9110 section 9.3.2).
fn drop_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
}

impl tower_service::Service<Request> for Dispatcher {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let dispatcher = self.clone();
        let context = request.extensions().get::<Context>();
        let context = context.unwrap_or(&self.context).clone();
        Box::pin(async move {
            let found = dispatcher.find(&request);
            Ok(dispatcher.call(request, found, context).await)
        })
    }
}
