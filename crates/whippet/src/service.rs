//! The app on a host: one request in, one response out, one log line.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tracing::{Instrument, Level};

use crate::extract::PathParams;
use crate::panic::caught;
use crate::problem::Cause;
use crate::routing::{HeaderSet, HeaderSets, Methods, Served};
use crate::tasks::{Budget, Drained, Registry};
use crate::{Context, MigrateError, Problem, RequestId, id};

/// An app on a host: what the host's entry drives, and tests.
#[derive(Clone)]
pub struct Service {
    context: Context,
    dispatcher: Dispatcher,
    layered: Option<Layered>,
    tasks: Arc<Registry>,
}

/// The dispatcher within the app's layers.
pub(crate) type Layered = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The pattern of the route that answered, for the log line; empty where none did.
#[derive(Debug, Clone, Copy, Default)]
struct RoutePattern(&'static str);

impl Service {
    pub(crate) fn new(
        context: Context,
        dispatcher: Dispatcher,
        layered: Option<Layered>,
        tasks: Arc<Registry>,
    ) -> Self {
        Self {
            context,
            dispatcher,
            layered,
            tasks,
        }
    }

    /// What the app sees of its host.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Applies the embedded migrations that the database does not have yet, each in a transaction with its ledger row.
    ///
    /// # Errors
    ///
    /// When the ledger names a migration that the program does not have, or one fails; what was applied before stays.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, MigrateError> {
        self.context.migrations().apply(&self.context).await
    }

    /// Runs tasks that are due, as many as the host's [budget](crate::host::WakeUp::budget) allows.
    pub async fn run_due_tasks(&self) -> Drained {
        self.run_due_tasks_within(self.context.host().queue.budget())
            .await
    }

    /// Runs tasks that are due until none is or the budget is spent.
    pub async fn run_due_tasks_within(&self, budget: Budget) -> Drained {
        self.tasks.drain(&self.context, budget).await
    }

    /// Answers a request: with its id in a header, one log line, and a problem document for whatever fails.
    pub async fn handle(&self, request: Request) -> Response {
        self.handle_with(request, |_, _| {}).await
    }

    /// The same for a request whose headers are still the host's: `complete` is called once, before anything is waited for,
    /// and adds those that the route reads.
    pub async fn handle_with(
        &self,
        mut request: Request,
        complete: impl FnOnce(&mut Request, &HeaderSet),
    ) -> Response {
        // Layers may read any header, and change the path.
        let found = match self.layered {
            Some(_) => None,
            None => Some(self.dispatcher.find(&request)),
        };
        let headers = found.as_ref().map_or(HeaderSets::ALL, Found::headers);
        complete(&mut request, self.dispatcher.headers.get(headers));

        let id = RequestId::from_headers(request.headers());
        let id = id.unwrap_or_else(|| RequestId::random(&self.context.random()));
        request.extensions_mut().insert(id.clone());
        let span = tracing::error_span!("request", request_id = id.as_str());
        let method = request.method().clone();
        // The clock is asked only where a line is written: on some hosts that is a call out of the program.
        let now = || tracing::enabled!(Level::INFO).then(|| self.context.clock().now());
        let started = now();

        let (mut response, route) = self.answer(request, found).instrument(span.clone()).await;
        let duration = started
            .zip(now())
            .map(|(started, ended)| ended.since(started));
        span.in_scope(|| log_line(&method, route, &response, duration));
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(id::HEADER, value);
        }
        response
    }

    async fn answer(&self, request: Request, found: Option<Found<'_>>) -> (Response, RoutePattern) {
        let Some(layered) = &self.layered else {
            let found = found.unwrap_or_else(|| self.dispatcher.find(&request));
            return self.dispatcher.call(request, found).await;
        };
        let response = or_problem(caught(layered(request)).await);
        let route = response.extensions().get().copied();
        (response, route.unwrap_or_default())
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

fn or_problem(answer: Result<Response, String>) -> Response {
    answer.unwrap_or_else(|panic| Problem::internal(panic).into_response())
}

fn log_line(
    method: &Method,
    RoutePattern(route): RoutePattern,
    response: &Response,
    duration: Option<Duration>,
) {
    let method = method.as_str();
    let status = response.status().as_u16();
    let duration_ms =
        duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    match response.extensions().get::<Cause>() {
        Some(Cause(cause)) => {
            let error: &(dyn std::error::Error + 'static) = &**cause;
            tracing::error!(method, route, status, duration_ms, error, "request failed");
        }
        None => tracing::info!(method, route, status, duration_ms, "request"),
    }
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
    route: RoutePattern,
    target: Target<'a>,
}

enum Target<'a> {
    Handler(&'a Served, Option<PathParams>),
    /// There is none, and this says so.
    Answer(Response),
}

impl Found<'_> {
    fn headers(&self) -> usize {
        match &self.target {
            Target::Handler(served, _) => served.headers,
            Target::Answer(_) => HeaderSets::LEAST,
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
            return Found {
                route: RoutePattern::default(),
                target: Target::Answer(Problem::not_found(detail).into_response()),
            };
        };
        let (pattern, methods) = found.value;
        let params = (!found.params.is_empty()).then(|| decode(&found.params));
        let target = match (params.transpose(), methods.find(request.method())) {
            (Err(problem), _) => Target::Answer(problem.into_response()),
            (Ok(_), None) => Target::Answer(without_handler(request.method(), methods)),
            (Ok(params), Some(served)) => Target::Handler(served, params),
        };
        Found {
            route: RoutePattern(pattern),
            target,
        }
    }

    async fn call(&self, mut request: Request, found: Found<'_>) -> (Response, RoutePattern) {
        let is_head = request.method() == Method::HEAD;
        let mut response = match found.target {
            Target::Handler(served, params) => {
                if let Some(params) = params {
                    request.extensions_mut().insert(params);
                }
                or_problem(caught(served.endpoint.call(request, self.context.clone())).await)
            }
            Target::Answer(response) => response,
        };
        if is_head {
            drop_body(&mut response);
        }
        (response, found.route)
    }
}

fn decode(params: &matchit::Params<'_, '_>) -> Result<PathParams, Problem> {
    let decoded = params.iter().map(|(name, value)| {
        let value = percent_encoding::percent_decode_str(value)
            .decode_utf8()
            .map_err(|_| {
                Problem::bad_request(format!("the path parameter {name} is not UTF-8: {value}"))
            })?;
        Ok((name.into(), value.into()))
    });
    decoded.collect::<Result<_, Problem>>().map(PathParams)
}

fn without_handler(method: &Method, methods: &Methods) -> Response {
    let allow = methods.allow();
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response();
    }
    let detail = format!("{method} is not served here; Allow lists what is");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        .header(header::ALLOW, allow)
        .into_response()
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
        Box::pin(async move {
            let found = dispatcher.find(&request);
            let (mut response, route) = dispatcher.call(request, found).await;
            // Layers pass on responses and nothing else.
            response.extensions_mut().insert(route);
            Ok(response)
        })
    }
}
