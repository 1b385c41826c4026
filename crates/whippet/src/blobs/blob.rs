//! Descriptions of stored objects, and pages of them.

use axum::body::{Body, Bytes};

use super::BlobError;
use crate::Timestamp;
use crate::extract::to_bytes;
use crate::response::ETag;

/// The description of a stored object, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The key.
    pub key: String,
    /// The size of the content, in bytes.
    pub size: u64,
    /// The entity tag of the content. The tag is strong, and changes when the content changes.
    pub etag: ETag,
    /// The media type.
    pub media_type: String,
    /// The time at which the object was stored.
    pub modified: Timestamp,
}

/// A stored object: its description, and its content or a range of its content.
#[derive(Debug)]
#[must_use = "the content is read only if the body is read"]
pub struct BlobContent {
    /// The description of the object. The size is that of the whole object, even if `body` is only a range.
    pub blob: Blob,
    /// The content, or the range of the content, as a stream.
    pub body: Body,
}

impl BlobContent {
    /// Reads the content into memory.
    ///
    /// # Errors
    ///
    /// Returns an error if the content has more than `limit` bytes or cannot be read.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, BlobError> {
        let Self { blob, body } = self;
        let bytes = to_bytes(body, limit).await;
        bytes.map_err(|error| {
            let key = blob.key;
            BlobError::Store(format!(
                "the object {key:?} cannot be read with a limit of {limit} bytes: {error}"
            ))
        })
    }
}

/// The description of an object in a list. There is no media type, because not every store includes it in lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    /// The key.
    pub key: String,
    /// The size of the content, in bytes.
    pub size: u64,
    /// The entity tag of the content: see [`Blob::etag`].
    pub etag: ETag,
    /// The time at which the object was stored.
    pub modified: Timestamp,
}

impl From<Blob> for BlobEntry {
    fn from(blob: Blob) -> Self {
        Self {
            key: blob.key,
            size: blob.size,
            etag: blob.etag,
            modified: blob.modified,
        }
    }
}

/// One page of a list of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPage {
    /// The objects, in the byte order of their keys.
    pub blobs: Vec<BlobEntry>,
    /// The key of the last object in this page. The next page starts after this key. `None` if there is no next page.
    pub next: Option<String>,
}

impl BlobPage {
    /// Creates a page with the first `limit` of the objects. If there are more objects, [`next`](Self::next) is set.
    #[cfg(any(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn of(mut blobs: Vec<Blob>, limit: usize) -> Self {
        let has_more = blobs.len() > limit;
        blobs.truncate(limit);
        let next = blobs.last().filter(|_| has_more);
        let next = next.map(|blob| blob.key.clone());
        let blobs = blobs.into_iter().map(BlobEntry::from).collect();
        Self { blobs, next }
    }
}
