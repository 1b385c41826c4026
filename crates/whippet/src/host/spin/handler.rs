//! Handles requests, and runs due tasks after a response.

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

/// Builds an app from its configuration.
pub type Start = fn(&Config) -> Result<App, AppError>;

/// The app that runs in this instance of the component. If the app cannot start, every request gets a 500.
#[derive(Debug)]
pub struct Instance {
    service: Result<Service, String>,
    wake_up: queue::Queue,
    /// True once this instance no longer needs to apply migrations.
    is_migrated: AtomicBool,
}

impl Instance {
    /// Starts the app with the variables of the component.
    pub fn start(app: Start) -> Self {
        let wake_up = queue::Queue::default();
        let service =
            start(app, &wake_up).inspect_err(|error| tracing::error!(error, "cannot start"));
        Self {
            service,
            wake_up,
            is_migrated: AtomicBool::new(false),
        }
    }

    /// Handles a request. The response body is sent, and due tasks run, after this function has returned the response.
    ///
    /// # Errors
    ///
    /// Returns an error if the host rejects the response.
    pub async fn handle(
        &'static self,
        request: types::Request,
    ) -> Result<types::Response, ErrorCode> {
        let service = match &self.service {
            Ok(service) => service,
            Err(error) => return outgoing(Problem::internal(error.clone()).into_response()),
        };
        self.migrate(service).await;
        let response = match http_request(&request) {
            Some(http_request) => {
                let complete = move |http_request: &mut Request, wanted: &HeaderSet| {
                    *http_request.headers_mut() = headers::read(&request, wanted);
                    if has_body(http_request) {
                        headers::add_length(&request, http_request.headers_mut());
                        if let Ok(body) = IncomingRequestBody::new(request) {
                            *http_request.body_mut() = Body::new(body);
                        }
                    }
                };
                service
                    .handle_with_lazy_headers(http_request, complete)
                    .await
            }
            None => Problem::bad_request("the request line is not valid").into_response(),
        };
        for work in service.work_after_response() {
            spawn(work);
        }
        if self.wake_up.has_work() {
            spawn(async {
                self.wake_up.work(service).await;
                service.export_spans_soon().await;
            });
        } else if service.has_spans() {
            spawn(service.export_spans_soon());
        }
        outgoing(response)
    }

    /// Applies pending migrations, unless this instance has already applied them. Several instances, and the first
    /// requests of one instance, may apply migrations concurrently.
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
            // The app still serves requests, because after a rollback the program may be older than the schema. Later
            // requests do not try to migrate, because the migration would fail again. `/readyz` responds 503.
            Err(error) if error.is_mismatch() => {
                service.context().log_mismatch(&error);
                self.is_migrated.store(true, Ordering::Relaxed);
            }
            // After a failed migration, `/readyz` responds 503, and the next request tries the migrations again.
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the schema cannot be brought up to date"
            ),
        }
    }
}

fn start(app: Start, wake_up: &queue::Queue) -> Result<Service, String> {
    let config = log::config().inspect_err(|_| drop(log::init(&Config::default())))?;
    let service = log::init(&config).map_err(AppError::from).and_then(|()| {
        app(&config)?.into_service(Host {
            name: "spin",
            database: Arc::new(database::Sqlite::default()),
            http: Arc::new(fetch::Client),
            clock: Arc::new(clock::WasiClock),
            entropy: Arc::new(RandomBuffer::new(clock::fill_random)),
            wake_up: Arc::new(wake_up.clone()),
            docs: Some(docs::read),
            config,
        })
    });
    service.map_err(|error| error.to_string())
}

/// Creates a request with the method and the path, without headers and body.
fn http_request(request: &types::Request) -> Option<Request> {
    let path = request.get_path_with_query();
    let mut http_request = Request::new(Body::empty());
    *http_request.method_mut() = Method::try_from(request.get_method()).ok()?;
    *http_request.uri_mut() = Uri::try_from(path.unwrap_or_else(|| "/".to_owned())).ok()?;
    Some(http_request)
}

/// Returns whether the request may have a body. The host does not report whether a request has a body, so a `GET` or
/// `HEAD` request is assumed to have a body only if it has a `Content-Length`.
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
        // Sending the body fails if the client has disconnected.
        drop(writer.send_http_body(&mut body).await);
    });
    Ok(response)
}

/// Converts the headers of a response. Headers that only the host may set, such as `Connection`, are dropped and
/// logged.
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
            tracing::warn!(header = name, ?error, "the host rejects this header");
        }
    }
    Ok(fields)
}
