//! Sends requests to the S3-compatible store, and reads the responses.

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

/// How long the signed URL of a request is valid. S3 allows a difference of 15 minutes between its clock and the clock
/// of the client (Amazon S3 API reference, "RequestTimeTooSkewed"). If the client's clock is slow, a shorter time could
/// have ended before S3 gets the request.
const VALID_FOR: Duration = Duration::from_secs(15 * 60);

/// The maximum time to wait for the head of a response, and for each chunk of the body.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The delays before the first and the second retry. The client retries only after errors for which S3 recommends a
/// retry.
const RETRIES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The maximum size of a response that the client reads into memory. The longest response is a list of 250 keys. Each
/// key can have 1024 bytes, and percent-encoding makes it up to three times as long.
const MAX_TEXT: usize = 2 * 1024 * 1024;

/// Sends requests to one S3-compatible store.
pub(super) struct Client {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) clock: Clock,
}

impl Client {
    /// Sends a request, and retries it if the store is busy. Returns the successful response, or `None` if the
    /// requested object does not exist.
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

    /// Sends a request like [`send`](Self::send), but does not retry it.
    pub(super) async fn send_once<'a, A: S3Action<'a>>(
        &self,
        action: &A,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Option<Response<Body>>, BlobError> {
        // The client needs the length and the range of the original content, so the store must not compress the
        // response.
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        let method = A::METHOD.to_str().as_bytes();
        let method = Method::from_bytes(method).unwrap_or_default();
        if body.is_empty() && matches!(method, Method::PUT | Method::POST) {
            // S3 rejects an upload without `Content-Length`, and HTTP clients omit this header if the body is empty.
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
        let response = sent.ok_or_else(|| late("respond"))?;
        // `unreachable` returns an error without the URL, because the URL contains a signature.
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

    /// Reads the body of a response as text.
    pub(super) async fn text(&self, body: Body) -> Result<String, BlobError> {
        let read = self.in_time(to_bytes(body, MAX_TEXT)).await;
        let bytes = read.ok_or_else(|| late("send the whole response"))?;
        let bytes = bytes.map_err(|error| unreachable(&error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns the body of a response as a stream. The stream returns an error if the body does not have `length`
    /// bytes, or if a chunk takes too long.
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
                let rest = rest.ok_or_else(|| {
                    io::Error::other("the body has more bytes than the response headers state")
                })?;
                Ok(Some((chunk, (clock, chunks, rest))))
            },
        ))
    }

    /// Waits for a future. Returns `None` if the future takes longer than the time limit.
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
        "the S3 store did not {what} within {} s",
        TIME_LIMIT.as_secs()
    ))
}

fn unreachable(error: &dyn std::error::Error) -> BlobError {
    BlobError::Unavailable(format!("the S3 store cannot be reached: {error}"))
}

/// The XML document in the body of an error response (Amazon S3 API reference, "Error responses").
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

    /// Converts the document and the response status to an error. The error contains only the code and the message,
    /// because other elements of the document may contain the access key.
    pub(super) fn into_error(self, status: StatusCode) -> BlobError {
        let Self { code, message } = self;
        let detail = match (code, message) {
            ("", _) => status.to_string(),
            _ => format!("{status}, {code}: {message}"),
        };
        // S3 recommends a retry after these errors (Amazon S3 user guide, "Error responses").
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

/// Returns the text between the first `start` and the next `end`. Returns an empty text if the document does not
/// contain both.
fn element<'a>(document: &'a str, start: &str, end: &str) -> &'a str {
    let rest = document.split_once(start).map(|(_, rest)| rest);
    let text = rest.and_then(|rest| rest.split_once(end));
    text.map_or("", |(text, _)| text)
}
