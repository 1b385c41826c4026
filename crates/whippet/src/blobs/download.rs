//! Creates responses that send stored objects.

use axum::body::Body;

use super::{Blob, BlobError, Blobs};
use crate::response::{Decision, Download, DownloadRequest};

/// The maximum number of attempts to start a download. Each attempt reads first the version of the object and then its
/// content. The attempt fails if another request replaces the object in between.
const ATTEMPTS: u32 = 5;

impl DownloadRequest {
    /// Creates a response that streams a stored object. Returns `None` if the object does not exist. The headers of the
    /// response contain the media type and the entity tag of the object. If the request asks for a range, only the
    /// bytes of this range are read from the store.
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
    /// Returns an error if the key is not valid, or if the store fails. Also returns an error if other requests replace
    /// the object during each of several attempts to read it.
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
                // Another request has replaced or deleted the object after `head` read its version.
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
