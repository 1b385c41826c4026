//! Stored objects as responses.

use axum::body::Body;

use super::{Blob, BlobError, Blobs};
use crate::response::{Decision, Download, DownloadRequest};

/// The maximum number of attempts to start a download. An attempt fails if the object is replaced between two reads.
const ATTEMPTS: u32 = 5;

impl DownloadRequest {
    /// Creates a response that sends a stored object. Returns `None` if the object does not exist. The response streams
    /// the object. The headers of the response contain the media type and the version of the object. For a range, only
    /// the bytes of the range are read from the store.
    ///
    /// ```
    /// use whippet::response::{Download, DownloadRequest};
    /// use whippet::{Blobs, Problem, get};
    ///
    /// #[get("/logo")]
    /// async fn logo(request: DownloadRequest, blobs: Blobs) -> Result<Download, Problem> {
    ///     let logo = request.blob(&blobs, "logo.png").await?;
    ///     logo.ok_or_else(|| Problem::not_found("nobody has uploaded a logo yet"))
    /// }
    /// # let _ = logo;
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the key is not valid, if the store fails, or if the object is replaced during each of
    /// several attempts to read it.
    pub async fn blob(self, blobs: &Blobs, key: &str) -> Result<Option<Download>, BlobError> {
        if self.wants_all() {
            let content = blobs.get(key).await?;
            return Ok(content.map(|content| download(Decision::Whole, content.blob, content.body)));
        }
        for _ in 0..ATTEMPTS {
            let Some(blob) = blobs.head(key).await? else {
                return Ok(None);
            };
            let decision = self.decide(&blob.etag, blob.size);
            let content = match decision {
                Decision::NotModified | Decision::NotSatisfiable => None,
                Decision::Whole | Decision::Part(_) if self.is_head => None,
                Decision::Whole => Some(blobs.get(key).await),
                Decision::Part(range) => Some(blobs.get_range(key, range.start..range.end).await),
            };
            match content {
                None => return Ok(Some(download(decision, blob, Body::empty()))),
                Some(Ok(Some(content))) if content.blob.etag == blob.etag => {
                    return Ok(Some(download(decision, blob, content.body)));
                }
                // The object was replaced or deleted after its version was read.
                Some(Ok(_) | Err(BlobError::Range)) => {}
                Some(Err(error)) => return Err(error),
            }
        }
        let message = format!("the object {key:?} was replaced during every attempt to read it");
        Err(BlobError::Unavailable(message))
    }
}

fn download(decision: Decision, blob: Blob, body: Body) -> Download {
    Download::stored(decision, blob.etag, blob.size, body).media_type(&blob.media_type)
}
