//! Object storage in memory.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::Mutex;

use axum::body::Bytes;
use futures_util::future::BoxFuture;

use super::clock::VirtualClock;
use super::lock;
use super::run::yield_once;
use crate::host::{BlobStore, BlobUpload, TimeSource};
use crate::response::{ETag, PageLimit};
use crate::{Blob, BlobContent, BlobError, BlobPage};

/// A store in memory. Every call first lets other futures run, so that the calls of concurrent requests interleave as
/// on a host.
#[derive(Debug)]
pub(super) struct MemoryBlobs {
    clock: VirtualClock,
    objects: Mutex<BTreeMap<String, (Blob, Bytes)>>,
}

impl MemoryBlobs {
    pub(super) fn new(clock: VirtualClock) -> Self {
        Self {
            clock,
            objects: Mutex::default(),
        }
    }

    fn find(&self, key: &str) -> Option<(Blob, Bytes)> {
        lock(&self.objects).get(key).cloned()
    }
}

impl BlobStore for MemoryBlobs {
    fn put<'a>(
        &'a self,
        key: &'a str,
        mut upload: BlobUpload,
    ) -> BoxFuture<'a, Result<Blob, BlobError>> {
        Box::pin(async move {
            yield_once().await;
            let bytes = Bytes::from(upload.part(usize::MAX).await?);
            let blob = Blob {
                key: key.to_owned(),
                size: bytes.len() as u64,
                etag: ETag::of(&bytes),
                media_type: upload.media_type().to_owned(),
                modified: self.clock.now(),
            };
            let object = (blob.clone(), bytes);
            lock(&self.objects).insert(key.to_owned(), object);
            Ok(blob)
        })
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        Box::pin(async move {
            yield_once().await;
            let Some((blob, bytes)) = self.find(key) else {
                return Ok(None);
            };
            let bytes = match range {
                None => bytes,
                Some(range) => {
                    let at = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
                    let (start, end) = (at(range.start), at(range.end).min(bytes.len()));
                    if start >= end {
                        return Err(BlobError::Range);
                    }
                    bytes.slice(start..end)
                }
            };
            let body = bytes.into();
            Ok(Some(BlobContent { blob, body }))
        })
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        Box::pin(async move {
            yield_once().await;
            Ok(self.find(key).map(|(blob, _)| blob))
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move {
            yield_once().await;
            lock(&self.objects).remove(key);
            Ok(())
        })
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        Box::pin(async move {
            yield_once().await;
            let objects = lock(&self.objects);
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let later = objects.range::<str, _>((start, Bound::Unbounded));
            let blobs = later
                .filter(|(key, _)| key.starts_with(prefix))
                .map(|(_, (blob, _))| blob.clone());
            let limit = limit.get() as usize;
            Ok(BlobPage::of(blobs.take(limit + 1).collect(), limit))
        })
    }
}
