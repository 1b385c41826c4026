//! Sends requests to the store, and reads its responses.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use rusty_s3::S3Action;

use super::bucket::sign;
use crate::extract::to_bytes;
use crate::fetch::OutboundRequest;
use crate::host::HttpClient;
use crate::{BlobError, Clock};

/// How long the URL of a request is valid. S3 accepts the signature even if the clocks of the client and of S3 differ
/// by up to 15 minutes (Amazon S3 API reference, "RequestTimeTooSkewed").
const VALID_FOR: Duration = Duration::from_secs(15 * 60);

/// The time limit for receiving the head of a response, and for receiving each chunk of the body.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How long the client waits before the first and before the second retry. The client retries a request after an error
/// for which S3 advises a retry.
const RETRIES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The maximum size of a response that is read into memory. The longest response is a list of 250 keys, which have 1024
/// bytes each and are encoded.
const MAX_TEXT: usize = 2 * 1024 * 1024;

/// The client of a store.
pub(super) struct Client {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) clock: Clock,
}

impl Client {
    /// Sends a request, and retries the request if the store is busy. Returns the successful response, or `None` if the
    /// store has no such object.
    pub(super) async fn send<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Option<Response<Body>>, BlobError> {
        for wait in RETRIES {
            match self.send_once(action, headers.clone(), body.clone()).await {
                Err(BlobError::Unavailable(_)) => self.clock.sleep(wait).await,
                result => return result,
            }
        }
        self.send_once(action, headers, body).await
    }

    /// Like [`send`](Self::send), but without retries.
    pub(super) async fn send_once<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Option<Response<Body>>, BlobError> {
        // If the body were compressed, its length and its range would be wrong.
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        let method = A::METHOD.to_str().as_bytes();
        let method = Method::from_bytes(method).unwrap_or_default();
        if body.is_empty() && matches!(method, Method::PUT | Method::POST) {
            // S3 rejects an upload without a length, and HTTP clients omit the length of an empty body.
            headers.insert(header::CONTENT_LENGTH, 0.into());
        }
        let is_head = method == Method::HEAD;
        let request = OutboundRequest {
            method,
            url: sign(action, self.clock.now(), VALID_FOR),
            headers,
            body,
            response_limit: usize::MAX,
            allow_private: true,
        };
        let sent = self.in_time(self.http.send(request)).await;
        let response = sent.ok_or_else(|| late("does not respond"))?;
        // The error does not contain the URL, because the URL contains a signature.
        let response = response.map_err(|error| unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Some(response));
        }
        // The response to a `HEAD` has no body.
        let document = match is_head {
            true => String::new(),
            false => self.text(response.into_body()).await.unwrap_or_default(),
        };
        let error = StoreError::of(&document);
        let is_missing = status == StatusCode::NOT_FOUND;
        if is_missing && (is_head || error.code == "NoSuchKey") {
            return Ok(None);
        }
        Err(error.into_error(status))
    }

    /// Reads a text from a response.
    pub(super) async fn text(&self, body: Body) -> Result<String, BlobError> {
        let read = self.in_time(to_bytes(body, MAX_TEXT)).await;
        let bytes = read.ok_or_else(|| late("responds too slowly"))?;
        let bytes = bytes.map_err(|error| unreachable(&error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns a body as a stream. If the body ends early or does not have `length` bytes, reading the stream fails.
    pub(super) fn stream(&self, body: Body, length: u64) -> Body {
        let rest = (self.clock.clone(), body.into_data_stream(), length);
        Body::from_stream(stream::try_unfold(
            rest,
            async |(clock, mut chunks, rest)| {
                let chunk = match select(chunks.next(), Box::pin(clock.sleep(TIME_LIMIT))).await {
                    Either::Left((chunk, _)) => chunk,
                    Either::Right(((), _)) => return Err(io::Error::from(io::ErrorKind::TimedOut)),
                };
                let Some(chunk) = chunk.transpose().map_err(io::Error::other)? else {
                    return match rest {
                        0 => Ok(None),
                        _ => Err(io::ErrorKind::UnexpectedEof.into()),
                    };
                };
                let rest = rest.checked_sub(chunk.len() as u64);
                let rest =
                    rest.ok_or_else(|| io::Error::other("the body is longer than its length"))?;
                Ok(Some((chunk, (clock, chunks, rest))))
            },
        ))
    }

    /// Waits for a future up to the time limit.
    async fn in_time<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let limit = self.clock.sleep(TIME_LIMIT);
        match select(std::pin::pin!(future), std::pin::pin!(limit)).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(((), _)) => None,
        }
    }
}

fn late(what: &str) -> BlobError {
    BlobError::Unavailable(format!(
        "the S3 store {what} within {} s",
        TIME_LIMIT.as_secs()
    ))
}

fn unreachable(error: &dyn std::error::Error) -> BlobError {
    BlobError::Unavailable(format!("the S3 store cannot be reached: {error}"))
}

/// The document that S3 sends with an error (Amazon S3 API reference, "Error responses").
#[derive(Debug)]
pub(super) struct StoreError<'a> {
    code: &'a str,
    message: &'a str,
}

impl<'a> StoreError<'a> {
    pub(super) fn of(document: &'a str) -> Self {
        Self {
            code: element(document, "<Code>", "</Code>"),
            message: element(document, "<Message>", "</Message>"),
        }
    }

    /// Returns the error for a response. The error does not contain the other elements of the document, because they
    /// may contain the access key.
    pub(super) fn into_error(self, status: StatusCode) -> BlobError {
        let Self { code, message } = self;
        let detail = match (code, message) {
            ("", _) => status.to_string(),
            _ => format!("{status}, {code}: {message}"),
        };
        // S3 advises to retry after these errors (Amazon S3 user guide, "Error responses").
        let is_temporary = status.is_server_error()
            || matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
            )
            || matches!(
                code,
                "SlowDown" | "InternalError" | "RequestTimeout" | "ServiceUnavailable"
            );
        match status {
            StatusCode::RANGE_NOT_SATISFIABLE => BlobError::Range,
            _ if is_temporary => BlobError::Unavailable(format!("the S3 store responded {detail}")),
            _ => BlobError::Store(format!("the S3 store rejected the request: {detail}")),
        }
    }
}

/// Returns the text between the first `start` and the next `end`, or an empty text.
fn element<'a>(document: &'a str, start: &str, end: &str) -> &'a str {
    let rest = document.split_once(start).map(|(_, rest)| rest);
    let text = rest.and_then(|rest| rest.split_once(end));
    text.map_or("", |(text, _)| text)
}
