//! Requests in, responses out, and the work after a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use spin_sdk::wasip3::http::types::{self, ErrorCode, Fields};
use spin_sdk::wasip3::http_compat::{BodyWriter, IncomingRequestBody};
use spin_sdk::wasip3::spawn;

use super::{clock, database, docs, fetch, headers, log, queue};
use crate::host::Host;
use crate::host::random_buffer::RandomBuffer;
use crate::routing::HeaderSet;
use crate::{App, AppError, Config, Problem, Service};

/// How an app is made.
pub type Start = fn(&Config) -> Result<App, AppError>;

/// An app in this instance of the component; an error that kept it from starting is the answer to everything.
#[derive(Debug)]
pub struct Instance {
    service: Result<Service, String>,
    queue: queue::Queue,
    is_migrated: AtomicBool,
}

impl Instance {
    /// Starts the app with the variables of the component.
    pub fn start(app: Start) -> Self {
        let queue = queue::Queue::default();
        let service =
            start(app, &queue).inspect_err(|error| tracing::error!(error, "cannot start"));
        Self {
            service,
            queue,
            is_migrated: AtomicBool::new(false),
        }
    }

    /// Answers a request. The body is sent, and work that is due done, after the response has been returned.
    ///
    /// # Errors
    ///
    /// When the host refuses the response.
    pub async fn answer(
        &'static self,
        request: types::Request,
    ) -> Result<types::Response, ErrorCode> {
        let service = match &self.service {
            Ok(service) => service,
            Err(error) => return outgoing(Problem::internal(error.clone()).into_response()),
        };
        self.migrate(service).await;
        let response = match received(&request) {
            Some(received) => {
                let complete = move |received: &mut Request, wanted: &HeaderSet| {
                    *received.headers_mut() = headers::read(&request, wanted);
                    if has_body(received) {
                        headers::add_length(&request, received.headers_mut());
                        if let Ok(body) = IncomingRequestBody::new(request) {
                            *received.body_mut() = Body::new(body);
                        }
                    }
                };
                service.handle_with_lazy_headers(received, complete).await
            }
            None => Problem::bad_request("the request line cannot be read").into_response(),
        };
        if self.queue.has_work() {
            spawn(async {
                self.queue.work(service).await;
                service.export_spans_soon().await;
            });
        } else if service.has_spans() {
            spawn(service.export_spans_soon());
        }
        outgoing(response)
    }

    /// Brings the schema up to date, once. Several instances may do so at once, and several first requests of one.
    async fn migrate(&self, service: &Service) {
        if self.is_migrated.load(Ordering::Relaxed) {
            return;
        }
        match service.migrate().await {
            Ok(applied) => {
                for name in applied {
                    tracing::info!(migration = name, "migration applied");
                }
                self.is_migrated.store(true, Ordering::Relaxed);
            }
            // `/readyz` says so too; the next request tries again.
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the schema cannot be brought up to date"
            ),
        }
    }
}

fn start(app: Start, queue: &queue::Queue) -> Result<Service, String> {
    let config = log::config().inspect_err(|_| drop(log::init(&Config::default())))?;
    let service = log::init(&config).map_err(AppError::from).and_then(|()| {
        app(&config)?.into_service(Host {
            name: "spin",
            database: Arc::new(database::Sqlite::default()),
            http: Arc::new(fetch::Client),
            clock: Arc::new(clock::WasiClock),
            entropy: Arc::new(RandomBuffer::new(clock::fill_random)),
            queue: Arc::new(queue.clone()),
            docs: Some(docs::read),
            config,
        })
    });
    service.map_err(|error| error.to_string())
}

fn received(request: &types::Request) -> Option<Request> {
    let path = request.get_path_with_query();
    let mut received = Request::new(Body::empty());
    *received.method_mut() = Method::try_from(request.get_method()).ok()?;
    *received.uri_mut() = Uri::try_from(path.unwrap_or_else(|| "/".to_owned())).ok()?;
    Some(received)
}

/// The host does not say whether there is a body. GET and HEAD have one only where a length says so.
fn has_body(request: &Request) -> bool {
    request.headers().contains_key(header::CONTENT_LENGTH)
        || !matches!(*request.method(), Method::GET | Method::HEAD)
}

fn outgoing(response: Response) -> Result<types::Response, ErrorCode> {
    let (mut head, mut body) = response.into_parts();
    let length = body.size_hint().exact();
    let is_bodiless = matches!(
        head.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    if let Some(length) = length.filter(|_| !is_bodiless) {
        head.headers
            .entry(header::CONTENT_LENGTH)
            .or_insert(length.into());
    }
    let (writer, contents, trailers) = BodyWriter::new();
    let contents = (length != Some(0)).then_some(contents);
    let (response, _sent) = types::Response::new(fields(&head.headers)?, contents, trailers);
    let status = response.set_status_code(head.status.as_u16());
    status.map_err(|()| ErrorCode::InternalError(None))?;
    spawn(async move {
        // Fails when the client has gone.
        drop(writer.send_http_body(&mut body).await);
    });
    Ok(response)
}

/// The headers of a response, without those that only the host may set, such as `Connection`.
fn fields(headers: &HeaderMap) -> Result<Fields, ErrorCode> {
    let entries = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let entries: Vec<_> = entries.collect();
    if let Ok(fields) = Fields::from_list(&entries) {
        return Ok(fields);
    }
    let fields = Fields::new();
    for (name, value) in &entries {
        if let Err(error) = fields.append(name, value) {
            tracing::warn!(header = name, ?error, "the host does not take this header");
        }
    }
    Ok(fields)
}
