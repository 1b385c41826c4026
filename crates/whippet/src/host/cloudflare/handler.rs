//! Handles requests, and the events of the queue and the cron trigger.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{future, stream};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::{boundary, call, clock, database, executor, fetch, headers, log, queue, response};
use crate::extract::OverLimit;
use crate::host::Host;
use crate::host::random_buffer::RandomBuffer;
use crate::routing::HeaderSet;
use crate::{App, AppError, Config, Problem, Service};

/// Builds an app from its configuration.
pub type Start = fn(&Config) -> Result<App, AppError>;

/// `entry.js` passes this value if the request body is larger than the limit.
const OVER_LIMIT: u8 = 1;

/// `entry.js` passes this value if the client disconnected before the end of the request body.
const INCOMPLETE: u8 = 2;

/// The error for a client that disconnected before the end of the request body.
#[derive(Debug)]
struct Incomplete;

impl std::fmt::Display for Incomplete {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the client disconnected")
    }
}

impl std::error::Error for Incomplete {}

fn failing_body(error: impl std::error::Error + Send + Sync + 'static) -> Body {
    Body::from_stream(stream::once(future::ready(Err::<Bytes, _>(error))))
}

/// The app that runs in this instance of the Worker. If the app cannot start, every request gets a 500.
#[derive(Debug)]
pub struct Instance {
    service: Result<Service, String>,
}

impl Instance {
    /// Starts the app with the environment of the Worker.
    pub fn start(app: Start) -> Self {
        call::listen();
        let env = boundary::ENVIRONMENT.with(Clone::clone);
        let config = log::config();
        let service = log::init(&config).map_err(AppError::from).and_then(|()| {
            app(&config)?.into_service(Host {
                name: "cloudflare",
                database: Arc::new(database::D1::primary()),
                http: Arc::new(fetch::Client),
                clock: Arc::new(clock::JsClock),
                entropy: Arc::new(RandomBuffer::new(boundary::fill_random)),
                wake_up: Arc::new(queue::Queue::new(&env)),
                // Cloudflare serves the files of the page `/docs` as static assets, so the app does not read them.
                docs: None,
                config,
            })
        });
        let service = service
            .map_err(|error| error.to_string())
            .inspect_err(|error| tracing::error!(error, "cannot start"));
        Self { service }
    }

    /// Returns the maximum size of a request body, in bytes.
    pub fn body_limit(&self) -> usize {
        self.service
            .as_ref()
            .map_or(0, |service| service.context().body_limit())
    }

    /// Handles a request. Returns a JavaScript `Response`, or a promise of a `Response` if the handler waits for
    /// something. `line` consists of the method, a space, and the path with the query.
    pub fn handle(
        &self,
        line: String,
        request: JsValue,
        body: Option<Vec<u8>>,
        body_state: u8,
    ) -> JsValue {
        let service = match &self.service {
            Ok(service) => service.clone(),
            Err(error) => return ready(Problem::internal(error.clone()).into_response(), request),
        };
        let body = match body {
            _ if body_state == OVER_LIMIT => failing_body(OverLimit),
            _ if body_state == INCOMPLETE => failing_body(Incomplete),
            Some(bytes) => Body::from(bytes),
            None => Body::empty(),
        };
        let Some(http_request) = http_request(line, body) else {
            let problem = Problem::bad_request("the request line is not valid");
            return ready(problem.into_response(), request);
        };
        executor::run(async move {
            let complete = |http_request: &mut Request, wanted: &HeaderSet| {
                *http_request.headers_mut() = headers::read(&request, wanted);
            };
            let (response, request_id) = service.handle_and_return_id(http_request, complete).await;
            for work in service.work_after_response() {
                boundary::wait_until(&future_to_promise(async move {
                    work.await;
                    Ok(JsValue::UNDEFINED)
                }));
            }
            if service.has_spans() {
                boundary::wait_until(&future_to_promise(async move {
                    service.export_spans_soon().await;
                    Ok(JsValue::UNDEFINED)
                }));
            }
            response::respond(response, &request, Some(request_id.as_str())).await
        })
    }

    /// Runs due tasks within the budget of one event. If due tasks are left, sends a wake-up, which starts another
    /// event. Returns undefined, or a promise of undefined.
    pub fn run_due_tasks(&self) -> JsValue {
        let service = self.service.clone();
        executor::run(async move {
            if let Ok(service) = service {
                queue::drain(&service).await;
            }
            JsValue::UNDEFINED
        })
    }
}

/// Creates a request that has no headers. `line` is the request line: the method, a space, and the path.
fn http_request(line: String, body: Body) -> Option<Request> {
    let mut line = Bytes::from(line);
    let end = line.iter().position(|byte| *byte == b' ')?;
    let method = Method::from_bytes(&line[..end]).ok()?;
    let path = line.split_off(end + 1);
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_maybe_shared(path).ok()?;
    Some(request)
}

/// Converts a response with a buffered body to a JavaScript `Response`.
fn ready(response: Response, request: JsValue) -> JsValue {
    executor::run(async move { response::respond(response, &request, None).await })
}
