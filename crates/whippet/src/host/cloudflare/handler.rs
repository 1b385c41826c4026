//! Requests in, responses out, and the events of the queue and the cron trigger.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Poller, Poll, Wake, Waker};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{future, stream};
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::{boundary, clock, database, fetch, headers, log, queue, response};
use crate::extract::OverLimit;
use crate::host::Host;
use crate::host::random_buffer::RandomBuffer;
use crate::routing::HeaderSet;
use crate::{App, AppError, Config, Problem, Service};

/// How an app is made.
pub type Start = fn(&Config) -> Result<App, AppError>;

/// An app in this instance of the program; an error that kept it from starting is the answer to everything.
#[derive(Debug)]
pub struct Instance {
    service: Result<Service, String>,
}

impl Instance {
    /// Starts the app with the environment of the Worker.
    pub fn start(app: Start) -> Self {
        let env = boundary::ENVIRONMENT.with(Clone::clone);
        let config = log::config(&env);
        let service = log::init(&config).map_err(AppError::from).and_then(|()| {
            app(&config)?.into_service(Host {
                name: "cloudflare",
                database: Arc::new(database::D1::new(&env)),
                http: Arc::new(fetch::Client),
                clock: Arc::new(clock::JsClock),
                entropy: Arc::new(RandomBuffer::new(boundary::fill_random)),
                queue: Arc::new(queue::Queue::new(&env)),
                config,
            })
        });
        let service = service
            .map_err(|error| error.to_string())
            .inspect_err(|error| tracing::error!(error, "cannot start"));
        Self { service }
    }

    /// How many bytes of a body are read at most.
    pub fn body_limit(&self) -> usize {
        self.service
            .as_ref()
            .map_or(0, |service| service.context().body_limit())
    }

    /// Answers a request: a `Response`, or a promise of one when the handler waits for something. `line` is its method, a
    /// space, and its path.
    pub fn answer(
        &self,
        line: String,
        request: JsValue,
        body: Option<Vec<u8>>,
        over_limit: bool,
    ) -> JsValue {
        let service = match &self.service {
            Ok(service) => service.clone(),
            Err(error) => return ready(Problem::internal(error.clone()).into_response()),
        };
        let body = match body {
            _ if over_limit => {
                Body::from_stream(stream::once(future::ready(Err::<Bytes, _>(OverLimit))))
            }
            Some(bytes) => Body::from(bytes),
            None => Body::empty(),
        };
        let Some(received) = received(line, body) else {
            return ready(Problem::bad_request("the request line cannot be read").into_response());
        };
        now_or_promised(async move {
            let complete = move |received: &mut Request, wanted: &HeaderSet| {
                *received.headers_mut() = headers::read(&request, wanted);
            };
            let (response, request_id) = service.respond_with_id(received, complete).await;
            if service.has_spans() {
                boundary::wait_until(&future_to_promise(async move {
                    service.export_spans_soon().await;
                    Ok(JsValue::UNDEFINED)
                }));
            }
            response::respond(response, Some(request_id.as_str())).await
        })
    }

    /// Runs tasks that are due, and asks for another run where the budget of this one left some.
    pub fn run_due_tasks(&self) -> Promise {
        let service = self.service.clone();
        future_to_promise(async move {
            queue::drain(&service?).await;
            Ok(JsValue::UNDEFINED)
        })
    }
}

fn received(line: String, body: Body) -> Option<Request> {
    let mut line = Bytes::from(line);
    let end = line.iter().position(|byte| *byte == b' ')?;
    let method = Method::from_bytes(&line[..end]).ok()?;
    let path = line.split_off(end + 1);
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_maybe_shared(path).ok()?;
    Some(request)
}

/// A response whose body is at hand.
fn ready(response: Response) -> JsValue {
    now_or_promised(response::respond(response, None))
}

/// Polls once; only what is not ready then becomes a promise.
fn now_or_promised(future: impl Future<Output = JsValue> + 'static) -> JsValue {
    let mut future = Box::pin(future);
    let late = Arc::new(LateWaker::default());
    let waker = Waker::from(Arc::clone(&late));
    if let Poll::Ready(answer) = future.as_mut().poll(&mut Poller::from_waker(&waker)) {
        return answer;
    }
    future_to_promise(Promised {
        future,
        late,
        waker,
    })
    .into()
}

/// The waker of the first poll, made before there is anybody to wake. Futures may keep it for later, so it stays theirs.
#[derive(Default)]
struct LateWaker(Mutex<Option<Waker>>);

impl Wake for LateWaker {
    fn wake(self: Arc<Self>) {
        let waker = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct Promised<F> {
    future: Pin<Box<F>>,
    late: Arc<LateWaker>,
    waker: Waker,
}

impl<F: Future<Output = JsValue>> Future for Promised<F> {
    type Output = Result<JsValue, JsValue>;

    fn poll(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Self::Output> {
        *self.late.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(poller.waker().clone());
        let this = &mut *self;
        this.future
            .as_mut()
            .poll(&mut Poller::from_waker(&this.waker))
            .map(Ok)
    }
}
