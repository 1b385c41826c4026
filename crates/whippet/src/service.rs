//! The app on a host, which returns a response and writes a log line for each request.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{self, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tracing::Instrument;

use crate::context::PathParams;
use crate::layered::LayeredService;
use crate::log::{self, RequestLine};
use crate::panic::caught;
use crate::routing::{HeaderSet, HeaderSets, MethodEndpoint, Methods};
use crate::tasks::{Registry, RunSummary};
use crate::wake_up::Budget;
use crate::{Context, MigrateError, Problem, RequestId, id, telemetry};

/// An app on a host, called by the host's entry point and by tests. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    context: Context,
    dispatcher: Dispatcher,
    /// The dispatcher inside the app's layers, if the app has layers.
    layered: Option<LayeredService>,
    tasks: Arc<Registry>,
}

impl Service {
    pub(crate) fn new(
        context: Context,
        dispatcher: Dispatcher,
        layered: Option<LayeredService>,
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

    /// Returns the app's context, which gives access to the host.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Applies the embedded migrations that the database does not have yet, each in a transaction with its row in the
    /// migration ledger. Returns the names of the applied migrations.
    ///
    /// # Errors
    ///
    /// Fails if the migration ledger names a migration that the program does not have, or if a migration fails.
    /// Migrations applied before the failure stay applied.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, MigrateError> {
        self.context()
            .migrations()
            .apply(&self.context().db())
            .await
    }

    /// Runs due tasks until no due task is left or the host's [budget](crate::host::WakeUp::budget) is used up.
    pub async fn run_due_tasks(&self) -> RunSummary {
        self.run_due_tasks_within(self.context().host().wake_up.budget())
            .await
    }

    /// Runs due tasks until no due task is left or `budget` is used up.
    pub async fn run_due_tasks_within(&self, budget: Budget) -> RunSummary {
        self.inner.tasks.drain(self.context(), budget).await
    }

    /// Whether spans are waiting to be exported; always false without the feature `otlp`.
    #[must_use]
    pub fn has_spans(&self) -> bool {
        self.context().span_exporter().has_pending()
    }

    /// Exports the waiting spans after a short delay, so that one export takes the spans of several requests. Does
    /// nothing if an export is already scheduled. Workers and Spin call `export_spans_soon` after a request has been
    /// handled.
    pub async fn export_spans_soon(&self) {
        telemetry::export_spans_soon(self.context()).await;
    }

    /// Prepares for the end of the process: from now on `/readyz` responds 503, and no task is claimed.
    pub fn start_shutdown(&self) {
        self.context().start_shutdown();
    }

    /// Exports the waiting spans. Logs the failure of an export, and keeps the spans if a later export may succeed.
    pub async fn export_spans(&self) {
        telemetry::export_spans(self.context()).await;
    }

    /// Handles a request. The response carries the request id in a header, and every failure is a problem document.
    /// Writes one log line for the request.
    pub async fn handle(&self, request: Request) -> Response {
        self.handle_with_lazy_headers(request, |_, _| {}).await
    }

    /// Like [`handle`](Self::handle), for hosts that read headers lazily.
    ///
    /// `complete` adds the headers that the route reads to the request. `complete` is called once, in the first poll of
    /// the future.
    pub async fn handle_with_lazy_headers(
        &self,
        request: Request,
        complete: impl FnOnce(&mut Request, &HeaderSet),
    ) -> Response {
        let (mut response, request_id) = self.handle_and_return_id(request, complete).await;
        if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
            response.headers_mut().insert(id::HEADER, value);
        }
        response
    }

    /// Like [`handle_with_lazy_headers`](Self::handle_with_lazy_headers), but returns the request id instead of adding
    /// it to the response headers, for hosts that send the request id separately.
    pub(crate) async fn handle_and_return_id(
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
        // A layer may read every header and change the path, so the route is matched after the layers.
        let route = match layered {
            Some(_) => None,
            None => Some(dispatcher.match_route(&request)),
        };
        let header_set = route
            .as_ref()
            .map_or(HeaderSets::ALL, RouteMatch::header_set);
        complete(&mut request, dispatcher.header_sets.get(header_set));

        let scope = telemetry::start_request(context, &request);
        let logged = async {
            let line = RequestLine::new(&request);
            let context = context.within(Arc::clone(&scope));
            let mut response = self.dispatch(request, route, context).await;
            if has_no_content(response.status()) {
                *response.body_mut() = Body::empty();
            }
            remove_unsendable_values(response.headers_mut());
            telemetry::end_request(&self.inner.context, &scope, &line, &response);
            response
        };
        let response = logged.instrument(log::span(&scope)).await;
        (response, scope.request_id.clone())
    }

    async fn dispatch(
        &self,
        mut request: Request,
        route: Option<RouteMatch<'_>>,
        context: Context,
    ) -> Response {
        let dispatcher = &self.inner.dispatcher;
        if let Some(layered) = &self.inner.layered {
            // Layers pass on only the request, so the context is stored in the extensions of the request.
            request.extensions_mut().insert(context);
            return response_or_internal_error(caught(layered(request)).await);
        }
        let route = route.unwrap_or_else(|| dispatcher.match_route(&request));
        dispatcher.call(request, route, context).await
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("context", self.context())
            .finish_non_exhaustive()
    }
}

/// Returns the response of a handler, or a 500 if the handler panicked.
fn response_or_internal_error(result: Result<Response, String>) -> Response {
    result.unwrap_or_else(|panic| Problem::internal(panic).into_response())
}

/// Matches the route of a request and calls its handler.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    context: Context,
    paths: Arc<matchit::Router<(&'static str, Methods)>>,
    header_sets: Arc<HeaderSets>,
    ignores_trailing_slashes: bool,
}

/// The endpoint that the path and the method of a request match.
struct RouteMatch<'a> {
    /// The path pattern of the route; empty if no route matches.
    pattern: &'static str,
    params: PathParams,
    /// The endpoint, or the response if no endpoint matches the request.
    endpoint: Result<&'a MethodEndpoint, Response>,
}

impl<'a> RouteMatch<'a> {
    fn without_endpoint(pattern: &'static str, response: Response) -> Self {
        Self {
            pattern,
            params: PathParams::default(),
            endpoint: Err(response),
        }
    }

    /// Returns the index of the header set that the endpoint reads.
    fn header_set(&self) -> usize {
        match &self.endpoint {
            Ok(endpoint) => endpoint.header_set,
            Err(_) => HeaderSets::MINIMUM,
        }
    }
}

impl Dispatcher {
    pub(crate) fn new(
        context: Context,
        paths: matchit::Router<(&'static str, Methods)>,
        header_sets: HeaderSets,
    ) -> Self {
        Self {
            context,
            paths: Arc::new(paths),
            header_sets: Arc::new(header_sets),
            ignores_trailing_slashes: false,
        }
    }

    pub(crate) fn ignoring_trailing_slashes(self, ignores_trailing_slashes: bool) -> Self {
        Self {
            ignores_trailing_slashes,
            ..self
        }
    }

    fn match_route(&self, request: &Request) -> RouteMatch<'_> {
        let path = request.uri().path();
        let found = match self.paths.at(path) {
            Err(_) if self.ignores_trailing_slashes => self.paths.at(path.trim_end_matches('/')),
            found => found,
        };
        let Ok(found) = found else {
            let detail = format!("no route matches {path}");
            return RouteMatch::without_endpoint("", Problem::not_found(detail).into_response());
        };
        let (pattern, methods) = found.value;
        match (decode_params(&found.params), methods.find(request.method())) {
            (Err(problem), _) => RouteMatch::without_endpoint(pattern, problem.into_response()),
            (Ok(_), None) => RouteMatch::without_endpoint(
                pattern,
                options_or_method_not_allowed(request.method(), methods),
            ),
            (Ok(params), Some(endpoint)) => RouteMatch {
                pattern,
                params,
                endpoint: Ok(endpoint),
            },
        }
    }

    async fn call(&self, request: Request, route: RouteMatch<'_>, context: Context) -> Response {
        if let Some(scope) = context.scope() {
            scope.set_route(route.pattern);
        }
        let is_head = request.method() == Method::HEAD;
        let mut response = match route.endpoint {
            Ok(MethodEndpoint { endpoint, .. }) => {
                let context = context.with_params(route.params);
                response_or_internal_error(caught(endpoint.call(request, context)).await)
            }
            Err(response) => response,
        };
        if is_head {
            drop_body(&mut response);
        }
        response
    }
}

/// Percent-decodes the path parameters.
fn decode_params(params: &matchit::Params<'_, '_>) -> Result<PathParams, Problem> {
    let mut decoded = PathParams::default();
    for (name, value) in params.iter() {
        let text = percent_encoding::percent_decode_str(value).decode_utf8();
        let text = text.map_err(|_| {
            Problem::bad_request(format!(
                "the path parameter {name} is not valid UTF-8: {value}"
            ))
        })?;
        decoded.push(name, &text);
    }
    Ok(decoded)
}

/// Returns the response for a method without a handler: 204 for `OPTIONS`, else 405, both with `Allow`.
fn options_or_method_not_allowed(method: &Method, methods: &Methods) -> Response {
    let allow = methods.allow();
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response();
    }
    let detail = format!("{method} is not supported here; `Allow` lists the supported methods");
    crate::problem::types::METHOD_NOT_ALLOWED
        .with_detail(detail)
        .header(header::ALLOW, allow)
        .into_response()
}

/// Removes header values that not every host can send unchanged, and logs the names of the headers. Every host can send
/// visible ASCII, spaces and tabs (RFC 9110 section 5.5 discourages other characters).
fn remove_unsendable_values(headers: &mut HeaderMap) {
    let is_sendable = |value: &HeaderValue| value.to_str().is_ok();
    if headers.values().all(is_sendable) {
        return;
    }
    // A map yields a name once, in front of the first of its values.
    let mut name = None;
    for (next, value) in std::mem::take(headers) {
        name = next.or(name);
        let Some(name) = &name else { continue };
        if is_sendable(&value) {
            headers.append(name, value);
            continue;
        }
        tracing::error!(header = %name, "a value of a response header is not ASCII and was not sent");
        // Without a content type, a browser guesses the content type from the body.
        if *name == header::CONTENT_TYPE {
            headers.append(name, HeaderValue::from_static("application/octet-stream"));
        }
    }
}

/// Whether a response with this status never has a body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
fn has_no_content(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}

/// Removes the body of a response to `HEAD`. The response keeps the headers of a response to `GET` (RFC 9110 section
/// 9.3.2).
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
            let route = dispatcher.match_route(&request);
            Ok(dispatcher.call(request, route, context).await)
        })
    }
}
