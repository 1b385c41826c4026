//! Replaces the object storage on hosts that have none, such as Spin. Every operation fails.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::{BoxFuture, ready};

use super::{BlobStore, BlobUpload};
use crate::response::PageLimit;
use crate::{Blob, BlobContent, BlobError, BlobPage, Config};

pub(crate) fn store(_: &Config) -> Arc<dyn BlobStore> {
    Arc::new(NoStore)
}

struct NoStore;

fn unsupported<T: Send + 'static>() -> BoxFuture<'static, Result<T, BlobError>> {
    Box::pin(ready(Err(BlobError::Unsupported)))
}

impl BlobStore for NoStore {
    fn put<'a>(&'a self, _: &'a str, _: BlobUpload) -> BoxFuture<'a, Result<Blob, BlobError>> {
        unsupported()
    }

    fn get<'a>(
        &'a self,
        _: &'a str,
        _: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        unsupported()
    }

    fn head<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        unsupported()
    }

    fn delete<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        unsupported()
    }

    fn list<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a str>,
        _: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        unsupported()
    }
}
