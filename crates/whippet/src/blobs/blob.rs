//! Objects, and pages of objects.

use axum::body::{Body, Bytes};

use super::BlobError;
use crate::Timestamp;
use crate::extract::to_bytes;
use crate::response::ETag;

/// The description of a stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The key.
    pub key: String,
    /// The size of the content, in bytes.
    pub size: u64,
    /// The version of the content. The version is a strong entity tag, which changes when the content changes.
    pub etag: ETag,
    /// The media type.
    pub media_type: String,
    /// When the object was stored.
    pub modified: Timestamp,
}

/// The description of an object, together with the whole content or a range of the content.
#[derive(Debug)]
#[must_use = "the content is read only if the body is read"]
pub struct BlobContent {
    /// The description of the whole object.
    pub blob: Blob,
    /// The content: a stream.
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
                "the object {key:?} cannot be read into {limit} bytes of memory: {error}"
            ))
        })
    }
}

/// The description of an object in a list. Not every store lists the media types of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    /// The key.
    pub key: String,
    /// The size of the content, in bytes.
    pub size: u64,
    /// The version of the content: see [`Blob::etag`].
    pub etag: ETag,
    /// When the object was stored.
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

/// A page of a list of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPage {
    /// The objects, in the byte order of their keys.
    pub blobs: Vec<BlobEntry>,
    /// The key of the last object in this page; `None` if this page is the last. The next page starts after this key.
    pub next: Option<String>,
}

impl BlobPage {
    /// Creates a page from the objects that follow the previous page. If there are more than `limit` objects, another
    /// page follows.
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
