//! The dispatcher, which finds the handler for a request and calls this handler.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::context::PathParams;
use crate::layered::LayeredService;
use crate::panic::caught;
use crate::routing::{HeaderSets, MethodEndpoint, Methods};
use crate::{Context, Problem};

/// Returns the response of a handler, or a 500 if the handler panicked.
pub(super) fn response_or_internal_error(result: Result<Response, String>) -> Response {
    result.unwrap_or_else(|panic| Problem::internal(panic).into_response())
}

/// Finds the route that matches a request, and calls the handler of the route.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    context: Context,
    paths: Arc<matchit::Router<(&'static str, Methods)>>,
    pub(super) header_sets: Arc<HeaderSets>,
    ignores_trailing_slashes: bool,
}

/// The result of the search for the endpoint of a request.
pub(super) struct RouteMatch<'a> {
    /// The path pattern of the route. Empty if no route matches.
    pattern: &'static str,
    params: PathParams,
    /// The endpoint, or a response such as a 404 if no endpoint matches the request.
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

    /// Returns the index of the header set with the headers that the endpoint reads.
    pub(super) fn header_set(&self) -> usize {
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

    /// Returns the dispatcher as a service, which the layers of an app can wrap.
    pub(crate) fn into_layered(self) -> LayeredService {
        Arc::new(move |request: Request| {
            let dispatcher = self.clone();
            let context = request.extensions().get::<Context>();
            let context = context.unwrap_or(&dispatcher.context).clone();
            Box::pin(async move {
                let route = dispatcher.match_route(&request);
                dispatcher.call(request, route, context).await
            })
        })
    }

    pub(super) fn match_route(&self, request: &Request) -> RouteMatch<'_> {
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

    pub(super) async fn call(
        &self,
        request: Request,
        route: RouteMatch<'_>,
        context: Context,
    ) -> Response {
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

/// Returns the response for a method without a handler: a 204 for `OPTIONS`, and a 405 for any other method. Both have
/// the header `Allow`.
fn options_or_method_not_allowed(method: &Method, methods: &Methods) -> Response {
    let allow = methods.allow();
    if method == Method::OPTIONS {
        return (StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response();
    }
    let detail = format!(
        "this path does not support {method}; the header `Allow` lists the supported methods"
    );
    crate::problem::types::METHOD_NOT_ALLOWED
        .with_detail(detail)
        .header(header::ALLOW, allow)
        .into_response()
}

/// Removes the body of a response to `HEAD`. The response keeps the headers that the response to a `GET` would have
/// (RFC 9110 section 9.3.2).
fn drop_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
}
