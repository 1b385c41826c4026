//! An app that runs on a host. For each request, the service returns a response and writes a log line.

mod dispatcher;
mod headers;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use futures_util::future::BoxFuture;
use tracing::Instrument;

pub(crate) use dispatcher::Dispatcher;

use self::dispatcher::{RouteMatch, response_or_internal_error};
use self::headers::{has_no_content, remove_unsendable_values};
use crate::extract::{limit_body, with_body_problem};
use crate::layered::LayeredService;
use crate::log::{self, RequestLine};
use crate::panic::caught;
use crate::response::keep_strong;
use crate::routing::{HeaderSet, HeaderSets};
use crate::tasks::{Registry, RunSummary};
use crate::wake_up::Budget;
use crate::{Context, DbError, MigrateError, RequestId, id, sweep, telemetry};

/// An app that runs on a host. The entry point of the host calls the service, and so do tests. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    context: Context,
    dispatcher: Dispatcher,
    /// The dispatcher, wrapped in the app's layers. `None` if the app has no layers.
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

    /// Applies the pending migrations. One transaction applies a migration and adds it to the migration ledger. Returns
    /// the names of the migrations that were applied.
    ///
    /// # Errors
    ///
    /// Fails if the migration ledger names a migration that the program does not have, or if a migration fails. The
    /// migrations that were applied before the failure stay applied.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, MigrateError> {
        self.context()
            .migrations()
            .apply(&self.context().db())
            .await
    }

    /// Runs due tasks until no task is due, or until the host's [budget](crate::host::WakeUp::budget) is used up.
    pub async fn run_due_tasks(&self) -> RunSummary {
        self.run_due_tasks_within(self.context().host().wake_up.budget())
            .await
    }

    /// Runs due tasks until no task is due, or until `budget` is used up.
    pub async fn run_due_tasks_within(&self, budget: Budget) -> RunSummary {
        self.inner.tasks.drain(self.context(), budget).await
    }

    /// Makes tasks due again if their attempts were dropped before they completed. These attempts count neither as
    /// failed nor as crashed. Returns the number of these tasks. Call `hand_back_tasks` at the end of the process, when
    /// no attempt is running any more.
    ///
    /// # Errors
    ///
    /// Returns any error that the database reports. In this case, the tasks run again only when their leases expire.
    pub async fn hand_back_tasks(&self) -> Result<u64, DbError> {
        self.inner.tasks.hand_back(self.context()).await
    }

    /// Returns the SQL of a query, and the value of its parameter. The query returns the time at which the next task
    /// can be claimed.
    #[cfg(feature = "testing")]
    pub(crate) fn next_due_query(&self) -> (&'static str, String) {
        let budget = self.context().host().wake_up.budget();
        self.inner.tasks.next_due_query(budget.max_concurrent)
    }

    /// Returns the time of the next tick of any schedule.
    #[cfg(feature = "testing")]
    pub(crate) fn next_tick(&self) -> Option<crate::Timestamp> {
        self.inner.tasks.next_tick(self.context().clock().now())
    }

    /// Returns whether spans are waiting to be exported. Always returns false without the feature `otlp`.
    #[must_use]
    pub fn has_spans(&self) -> bool {
        self.context().span_exporter().has_pending()
    }

    /// Waits a moment and then exports the waiting spans, so that one export contains the spans of several requests.
    /// Does nothing if another call is already waiting. Workers and Spin call `export_spans_soon` after a request has
    /// been handled.
    pub async fn export_spans_soon(&self) {
        telemetry::export_spans_soon(self.context()).await;
    }

    /// Takes the work that requests have added with [`AfterResponse`](crate::extract::AfterResponse) since the last
    /// call. A host calls `work_after_response` when it has a response, and runs the futures while it sends the
    /// response.
    #[must_use]
    pub fn work_after_response(&self) -> Vec<BoxFuture<'static, ()>> {
        self.context().take_after_responses()
    }

    /// Prepares for the end of the process. After this call, `/readyz` responds 503, and the service claims no more
    /// tasks.
    pub fn start_shutdown(&self) {
        self.context().start_shutdown();
    }

    /// Exports the waiting spans. If the export fails, the service logs the failure. It keeps the spans if a later
    /// export may succeed.
    pub async fn export_spans(&self) {
        telemetry::export_spans(self.context()).await;
    }

    /// Handles a request. Returns a response even if the handler fails or panics: the failure becomes a problem
    /// document. Adds the request id to the response headers, and writes one log line for the request.
    pub async fn handle(&self, request: Request) -> Response {
        self.handle_with_lazy_headers(request, |_, _| {}).await
    }

    /// Like [`handle`](Self::handle), but for hosts that read only the headers that a route needs.
    ///
    /// `request` may still lack its headers. When the service knows the route, it calls `complete` with the request and
    /// the set of headers that the route reads. `complete` adds these headers to the request. The service calls
    /// `complete` once, in the first poll of the future.
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
    /// it to the response headers. This is for a host that adds the request id to the response itself.
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
        // If the app has layers, the route is not matched here, because a layer may still change the path. A layer may
        // also read any header, so the request then gets all headers. Requests for a sweep bypass the layers, because a
        // layer could drop the attempts that the sweep has started.
        let route = match layered {
            Some(_) if !request.uri().path().starts_with(sweep::PREFIX) => None,
            _ => Some(dispatcher.match_route(&request)),
        };
        let header_set = route
            .as_ref()
            .map_or(HeaderSets::ALL, RouteMatch::header_set);
        complete(&mut request, dispatcher.header_sets.get(header_set));

        let scope = telemetry::start_request(context, &request);
        limit_body(&mut request, context.body_limit(), &scope);
        let logged = async {
            let line = RequestLine::new(&request);
            let context = context.within(Arc::clone(&scope));
            let response = self.dispatch(request, route, context).await;
            let mut response = with_body_problem(response, &scope);
            if has_no_content(response.status()) {
                *response.body_mut() = Body::empty();
            }
            remove_unsendable_values(response.headers_mut());
            keep_strong(response.headers_mut());
            telemetry::end_request(&self.inner.context, &scope, &line, &response);
            if let Some(work) = scope.after.take(|| log::span(&scope)) {
                self.inner.context.add_after_response(work);
            }
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
        match (route, &self.inner.layered) {
            (None, Some(layered)) => {
                // Layers pass on only the request, so the extensions of the request must contain the context.
                request.extensions_mut().insert(context);
                response_or_internal_error(caught(layered(request)).await)
            }
            (route, _) => {
                let route = route.unwrap_or_else(|| dispatcher.match_route(&request));
                dispatcher.call(request, route, context).await
            }
        }
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("context", self.context())
            .finish_non_exhaustive()
    }
}
