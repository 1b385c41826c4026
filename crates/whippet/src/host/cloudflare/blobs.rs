//! Object storage in an R2 bucket.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use worker::send::{SendFuture, SendWrapper};
use worker::{Bucket, HttpMetadata, MultipartUpload, Object, UploadedPart};

use super::boundary;
use super::fetch::streamed;
use crate::host::{BlobStore, BlobUpload};
use crate::response::{ETag, PageLimit};
use crate::{Blob, BlobContent, BlobEntry, BlobError, BlobPage, Config, Timestamp};

/// The name of the bucket's binding.
const BINDING: &str = "BLOBS";

/// The size of each part when a large object is uploaded. In an R2 upload, all parts except the last must have the same
/// size, which must be at least 5 MiB.
const PART: usize = 8 * 1024 * 1024;

/// The maximum number of parts of an R2 upload.
const MAX_PARTS: u16 = 10_000;

/// Returns the store of the app: the bucket that is bound as `BLOBS`. Only apps that use object storage link this
/// function, so other apps do not contain the code for R2.
pub(crate) fn store(_: &Config) -> Arc<dyn BlobStore> {
    let bucket = boundary::ENVIRONMENT.with(|env| env.bucket(BINDING));
    Arc::new(R2(bucket.ok().map(SendWrapper)))
}

struct R2(Option<SendWrapper<Bucket>>);

impl R2 {
    fn bucket(&self) -> Result<&Bucket, BlobError> {
        let bucket = self.0.as_ref().map(|bucket| &bucket.0);
        bucket.ok_or_else(|| {
            BlobError::Store(format!(
                "the Worker has no R2 bucket bound as {BINDING}: see r2_buckets in wrangler.toml"
            ))
        })
    }
}

impl BlobStore for R2 {
    fn put<'a>(
        &'a self,
        key: &'a str,
        mut upload: BlobUpload,
    ) -> BoxFuture<'a, Result<Blob, BlobError>> {
        Box::pin(SendFuture::new(async move {
            let bucket = self.bucket()?;
            let metadata = HttpMetadata {
                content_type: Some(upload.media_type().to_owned()),
                ..HttpMetadata::default()
            };
            let first = upload.part(PART).await?;
            if first.len() < PART {
                let put = bucket.put(key, first).http_metadata(metadata);
                let object = put.execute().await.map_err(failed)?;
                let object = object.ok_or_else(|| missing(key))?;
                return Ok(blob(&object));
            }
            let create = bucket.create_multipart_upload(key).http_metadata(metadata);
            let multipart = create.execute().await.map_err(failed)?;
            match put_parts(&multipart, first, &mut upload).await {
                Ok(parts) => {
                    multipart.complete(parts).await.map_err(failed)?;
                    // The object that `complete` returns has no metadata.
                    self.head(key).await?.ok_or_else(|| missing(key))
                }
                Err(error) => {
                    // A failure to abort is ignored, because R2 deletes the parts of an unfinished upload after 7 days.
                    drop(multipart.abort().await);
                    Err(error)
                }
            }
        }))
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        Box::pin(SendFuture::new(async move {
            let mut get = self.bucket()?.get(key);
            if let Some(Range { start, end }) = range {
                get = get.range(worker::Range::OffsetWithLength {
                    offset: start,
                    length: end - start,
                });
            }
            let Some(object) = get.execute().await.map_err(failed)? else {
                return Ok(None);
            };
            let body = object.body().ok_or_else(|| missing(key))?;
            let body = streamed(body.stream().map_err(failed)?, ());
            let blob = blob(&object);
            Ok(Some(BlobContent { blob, body }))
        }))
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        Box::pin(SendFuture::new(async move {
            let object = self.bucket()?.head(key).await.map_err(failed)?;
            Ok(object.map(|object| blob(&object)))
        }))
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(SendFuture::new(async move {
            self.bucket()?.delete(key).await.map_err(failed)
        }))
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        Box::pin(SendFuture::new(async move {
            let mut list = self.bucket()?.list().limit(limit.get()).prefix(prefix);
            if let Some(after) = after {
                list = list.start_after(after);
            }
            let objects = list.execute().await.map_err(failed)?;
            let blobs = objects.objects();
            let blobs = blobs.iter().map(|object| blob(object).into());
            let blobs: Vec<BlobEntry> = blobs.collect();
            let last = blobs.last().filter(|_| objects.truncated());
            let next = last.map(|blob| blob.key.clone());
            Ok(BlobPage { blobs, next })
        }))
    }
}

/// Uploads an object in parts. The caller has already read the first part from `upload`.
async fn put_parts(
    multipart: &MultipartUpload,
    first: Vec<u8>,
    upload: &mut BlobUpload,
) -> Result<Vec<UploadedPart>, BlobError> {
    let (mut parts, mut part) = (Vec::new(), first);
    for number in 1..=MAX_PARTS {
        if part.is_empty() {
            return Ok(parts);
        }
        let uploaded = multipart.upload_part(number, part).await;
        parts.push(uploaded.map_err(failed)?);
        part = upload.part(PART).await?;
    }
    Err(BlobError::TooLarge(PART as u64 * u64::from(MAX_PARTS)))
}

fn blob(object: &Object) -> Blob {
    let etag = object.etag();
    let media_type = object.http_metadata().content_type;
    let modified = i64::try_from(object.uploaded().as_millis()).unwrap_or(i64::MAX);
    Blob {
        key: object.key(),
        size: object.size(),
        // R2's tag is a hash in hexadecimal digits, so it is always a valid entity tag.
        etag: ETag::strong(&etag).unwrap_or_else(|_| ETag::of(etag.as_bytes())),
        media_type: media_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        modified: Timestamp::from_millis(modified),
    }
}

/// Creates the error for a call to R2 that should have returned an object, but returned nothing.
fn missing(key: &str) -> BlobError {
    BlobError::Store(format!("R2 returned nothing for the object {key:?}"))
}

/// Converts an error from R2. The message of the error ends with an error code.
fn failed(error: worker::Error) -> BlobError {
    let message = error.to_string();
    let has_code = |code: &str| message.contains(code);
    match () {
        // InvalidRange
        () if has_code("(10039)") => BlobError::Range,
        // ServiceUnavailable, TooManyRequests
        () if has_code("(10043)") || has_code("(10058)") => BlobError::Unavailable(message),
        () => BlobError::Store(message),
    }
}
