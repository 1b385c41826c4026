//! Object storage for files. The store is a folder natively, an R2 bucket on Workers, or a bucket of an S3-compatible
//! store.

mod blob;
mod download;
mod error;
mod key;
#[cfg(feature = "s3")]
pub(crate) mod s3;
#[cfg(not(feature = "s3"))]
#[path = "without_s3.rs"]
pub(crate) mod s3;
mod store;

use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;

pub use blob::{Blob, BlobContent, BlobEntry, BlobPage};
pub use error::BlobError;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use key::{decode_segment, encode_segment};
pub use store::{BlobStore, BlobUpload};

use crate::Context;
use crate::extract::Argument;
use crate::host::blobs as host;
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::response::PageLimit;
use crate::routing::Reads;
use crate::scope::Scope;

/// The maximum length of a media type, in bytes.
const MAX_MEDIA_TYPE: usize = 255;

/// The maximum time for which a signed URL is valid (Amazon S3 API reference, "X-Amz-Expires").
const MAX_VALID_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Object storage: files that an app stores under keys. Handlers and tasks take `Blobs` as an argument.
///
/// The store depends on the host. Natively, it is the folder in the variable `BLOBS`. On Workers, it is the R2 bucket
/// with the binding `BLOBS`. Spin has no object storage, so every method fails there with [`BlobError::Unsupported`].
/// With the feature `s3`, an app on any host can use a bucket of an S3-compatible store instead: set the variables
/// `S3_ENDPOINT`, `S3_BUCKET`, `S3_ACCESS_KEY_ID` and `S3_SECRET_ACCESS_KEY`. In tests, the store is in memory.
///
/// A key is a path such as `reports/2026/1.csv`. It has 1 to 1024 bytes, and contains no control characters. Slashes
/// separate the segments of a key. A segment must not be empty, `.` or `..`, and must have at most 240 bytes after
/// percent-encoding.
///
/// A write replaces the whole object: a concurrent reader gets the old object or the new one, never a mixture. If two
/// requests write the same key at the same time, the object of the last write remains.
///
/// ```
/// use whippet::axum::body::Body;
/// use whippet::problem::types::{NOT_FOUND, PAYLOAD_TOO_LARGE};
/// use whippet::response::{Download, DownloadRequest, NoContent};
/// use whippet::testing::TestApp;
/// use whippet::{App, Blobs, Path, Problem, get, put, routes};
///
/// #[put("/reports/{name}", errors(PAYLOAD_TOO_LARGE))]
/// async fn put_report(Path(name): Path<String>, blobs: Blobs, body: Body) -> Result<NoContent, Problem> {
///     blobs.put(&format!("reports/{name}"), "text/csv", body).await?;
///     Ok(NoContent)
/// }
///
/// #[get("/reports/{name}", errors(NOT_FOUND))]
/// async fn get_report(Path(name): Path<String>, blobs: Blobs, request: DownloadRequest) -> Result<Download, Problem> {
///     let report = request.blob(&blobs, &format!("reports/{name}")).await?;
///     let report = report.ok_or_else(|| Problem::not_found("no report has this name"))?;
///     Ok(report.attachment(&name))
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(App::new().routes(routes![put_report, get_report]))).await;
/// app.put("/reports/1.csv").body("a,b\n1,2\n").await.assert_status(204);
/// let part = app.get("/reports/1.csv").header("range", "bytes=4-6").await;
/// part.assert_status(206).assert_header("content-type", "text/csv");
/// assert_eq!(part.text(), "1,2");
/// # });
/// ```
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn BlobStore>,
    limit: u64,
    scope: Option<Arc<Scope>>,
}

impl Blobs {
    /// The default maximum size of an object: 100 MiB. [`limit`](Self::limit) overrides the default.
    pub const DEFAULT_LIMIT: u64 = 100 * 1024 * 1024;

    /// Creates a `Blobs` that uses the given store. Tests call this function to override the store of an app: see
    /// `TestAppBuilder::with`.
    #[must_use]
    pub fn new(store: Arc<dyn BlobStore>) -> Self {
        Self {
            store,
            limit: Self::DEFAULT_LIMIT,
            scope: None,
        }
    }

    /// Sets the maximum size of an object that [`put`](Self::put) stores, in bytes.
    #[must_use]
    pub fn limit(self, bytes: u64) -> Self {
        Self {
            limit: bytes,
            ..self
        }
    }

    /// Stores an object, and replaces the object that has the same key. The body is bytes, a text, or a stream. A
    /// stream can be the `Body` of a request, or a file from a form
    /// ([`FileStream::into_body`](crate::extract::FileStream::into_body)). A stream is not buffered in memory. If the
    /// body cannot be read or is over the limit, the store does not change.
    ///
    /// `media_type` is the media type that the response to a download has. If clients choose the media type, send their
    /// files as attachments: see [`Download::media_type`](crate::response::Download::media_type).
    ///
    /// # Errors
    ///
    /// Returns an error if the key or the media type is not valid, if the body is over the limit or cannot be read, or
    /// if the store fails.
    pub async fn put(
        &self,
        key: &str,
        media_type: &str,
        body: impl Into<Body>,
    ) -> Result<Blob, BlobError> {
        key::check(key)?;
        if media_type.len() > MAX_MEDIA_TYPE || HeaderValue::from_str(media_type).is_err() {
            return Err(BlobError::MediaType(media_type.to_owned()));
        }
        let scope = self.scope.clone();
        let upload = BlobUpload::new(media_type, body.into(), self.limit, scope);
        self.store.put(key, upload).await
    }

    /// Returns an object, with its content as a stream. Returns `None` if the object does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid or the store fails.
    pub async fn get(&self, key: &str) -> Result<Option<BlobContent>, BlobError> {
        key::check(key)?;
        self.store.get(key, None).await
    }

    /// Returns a range of an object's bytes. If the range ends after the end of the object, returns the bytes up to the
    /// end. Returns `None` if the object does not exist.
    ///
    /// # Errors
    ///
    /// Returns [`BlobError::Range`] if the range is empty or starts at or after the end of the object. Also returns an
    /// error if the key is not valid or the store fails.
    pub async fn get_range(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<Option<BlobContent>, BlobError> {
        key::check(key)?;
        if range.is_empty() {
            return Err(BlobError::Range);
        }
        self.store.get(key, Some(range)).await
    }

    /// Returns the description of an object, without its content. Returns `None` if the object does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid or the store fails.
    pub async fn head(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        key::check(key)?;
        self.store.head(key).await
    }

    /// Deletes an object. It is not an error if the object does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid or the store fails.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        key::check(key)?;
        self.store.delete(key).await
    }

    /// Lists the objects whose keys start with `prefix`, in the byte order of their keys. `after` is [`BlobPage::next`]
    /// of the previous page, or `None` for the first page. If `prefix` is empty, lists all objects.
    ///
    /// ```
    /// use whippet::response::PageLimit;
    /// use whippet::{BlobError, Blobs};
    ///
    /// async fn delete_all(blobs: &Blobs, prefix: &str) -> Result<(), BlobError> {
    ///     let mut after = None;
    ///     loop {
    ///         let page = blobs.list(prefix, after.as_deref(), PageLimit::default()).await?;
    ///         for blob in &page.blobs {
    ///             blobs.delete(&blob.key).await?;
    ///         }
    ///         after = page.next;
    ///         if after.is_none() {
    ///             return Ok(());
    ///         }
    ///     }
    /// }
    /// # drop(delete_all);
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails, or if `prefix` or `after` has more than 1024 bytes or a control character.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: PageLimit,
    ) -> Result<BlobPage, BlobError> {
        key::check_part(prefix)?;
        key::check_part(after.unwrap_or_default())?;
        self.store.list(prefix, after, limit).await
    }

    /// Returns a URL from which anyone can download the object. The URL is valid for the time `valid_for`, from 1
    /// second to 7 days. Returns `None` if the store does not support such URLs: only S3-compatible stores do. Does not
    /// check whether the object exists.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whippet::axum::response::{IntoResponse, Response};
    /// use whippet::response::{DownloadRequest, TemporaryRedirect};
    /// use whippet::{Blobs, Problem};
    ///
    /// async fn download(blobs: &Blobs, request: DownloadRequest, key: &str) -> Result<Response, Problem> {
    ///     if let Some(url) = blobs.signed_url(key, Duration::from_secs(60))? {
    ///         return Ok(TemporaryRedirect::to(url).into_response());
    ///     }
    ///     let file = request.blob(blobs, key).await?;
    ///     Ok(file.ok_or_else(|| Problem::not_found("the file does not exist"))?.into_response())
    /// }
    /// # drop(download);
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid.
    pub fn signed_url(&self, key: &str, valid_for: Duration) -> Result<Option<String>, BlobError> {
        key::check(key)?;
        let valid_for = valid_for.clamp(Duration::from_secs(1), MAX_VALID_FOR);
        Ok(self.store.signed_url(key, valid_for))
    }
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blobs")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Returns the object storage.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        let blobs = self.overridden();
        let blobs = blobs.unwrap_or_else(|| Blobs::new(self.blob_store()));
        Blobs {
            scope: self.scope().cloned(),
            ..blobs
        }
    }

    fn blob_store(&self) -> Arc<dyn BlobStore> {
        s3::store(self).unwrap_or_else(|| host::store(self.config()))
    }
}

impl FromRequestParts<Context> for Blobs {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, context: &Context) -> Result<Self, Infallible> {
        Ok(context.blobs())
    }
}

/// A handler with this argument may respond 503 while the store is busy.
impl Argument for Blobs {
    const READS: Reads = Reads::Nothing;

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.problem(&types::UNAVAILABLE);
    }
}
