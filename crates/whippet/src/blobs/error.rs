//! Defines the errors of the object storage.
//!
//! If a handler returns a [`BlobError`], the response has one of these status codes: 400 for an invalid key or media
//! type, 413 for an object over the limit, 416 for an invalid range, 501 on a host without object storage, and 503 if
//! the store is busy. All other errors become a 500, and Whippet logs their cause.

use crate::Problem;
use crate::problem::types;

/// The reason why an operation of [`Blobs`](super::Blobs) failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum BlobError {
    /// The key is not valid: see [`Blobs`](super::Blobs). Becomes a 400. If the handler chooses the key, the error is
    /// not the client's fault, so the handler should convert this variant to another error.
    Key(String),
    /// The media type is longer than 255 bytes, or a header cannot contain it. Becomes a 400.
    MediaType(String),
    /// The object is larger than the limit: see [`Blobs::limit`](super::Blobs::limit). The number is the limit, in
    /// bytes. Becomes a 413.
    TooLarge(u64),
    /// The range is empty, or starts at or after the end of the object. Becomes a 416.
    Range,
    /// The body that [`put`](super::Blobs::put) stores could not be read. If the body comes from a request, the problem
    /// describes the cause. For example, the problem is a 413 if the body is over the limit of the app. For any other
    /// body, the problem is a 500.
    Body(Problem),
    /// The host has no object storage. Becomes a 501.
    Unsupported,
    /// The store is temporarily unable to run the operation. Becomes a 503 with `Retry-After`.
    Unavailable(String),
    /// An error from the store that no other variant describes.
    Store(String),
}

impl std::fmt::Display for BlobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => write!(
                f,
                "{key:?} is not a valid key: use 1 to 1024 bytes without control characters, in segments that are not \
                empty, `.` or `..` and have at most 240 bytes when they are percent-encoded"
            ),
            Self::MediaType(text) => write!(f, "{text:?} is not a valid media type"),
            Self::TooLarge(limit) => write!(f, "the object is over the limit of {limit} bytes"),
            Self::Range => {
                f.write_str("the range is empty, or starts at or after the end of the object")
            }
            Self::Body(problem) => write!(f, "the body of the object cannot be read: {problem}"),
            Self::Unsupported => f.write_str("this host has no object storage"),
            Self::Unavailable(message) => {
                write!(f, "the object storage is busy; retry: {message}")
            }
            Self::Store(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for BlobError {}

impl From<BlobError> for crate::TaskError {
    fn from(error: BlobError) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Key(_) | BlobError::MediaType(_) => Self::bad_request(error.to_string()),
            BlobError::TooLarge(_) => types::PAYLOAD_TOO_LARGE.with_detail(error.to_string()),
            BlobError::Range => types::RANGE_NOT_SATISFIABLE.with_detail(error.to_string()),
            BlobError::Body(problem) => problem,
            BlobError::Unsupported => types::NOT_IMPLEMENTED.with_detail(error.to_string()),
            BlobError::Unavailable(_) => Self::unavailable(error),
            BlobError::Store(_) => Self::internal(error),
        }
    }
}
