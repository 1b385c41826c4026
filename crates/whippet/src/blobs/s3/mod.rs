//! Object storage in a bucket of an S3-compatible store. Requires the feature `s3`.

mod bucket;
mod client;
mod object;
mod upload;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use futures_util::future::BoxFuture;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials};

use self::bucket::S3Bucket;
use self::client::Client;
use super::{Blob, BlobContent, BlobError, BlobPage, BlobStore, BlobUpload};
use crate::context::States;
use crate::response::PageLimit;
use crate::{AppError, Config, Context};

/// If the variables `S3_…` name a bucket, adds this bucket to the states of an app.
///
/// # Errors
///
/// Returns an error if only some of the variables are set, or if a variable is not valid.
pub(crate) fn add_bucket(states: &mut States, config: &Config) -> Result<(), AppError> {
    if let Some(bucket) = S3Bucket::from_config(config)? {
        states.add(bucket);
    }
    Ok(())
}

/// Returns the store that the variables `S3_…` name, or `None` if the variables are not set.
pub(crate) fn store(context: &Context) -> Option<Arc<dyn BlobStore>> {
    S3Blobs::from_context(context).map(|store| Arc::new(store) as _)
}

/// A bucket of an S3-compatible store. [`Blobs`](crate::Blobs) uses the bucket on every host if the variables
/// `S3_ENDPOINT`, `S3_BUCKET`, `S3_ACCESS_KEY_ID` and `S3_SECRET_ACCESS_KEY` are set.
///
/// The host's HTTP client sends the requests. If a request fails because the store is busy, it is sent again, at most
/// twice.
#[derive(Clone)]
pub struct S3Blobs {
    bucket: Arc<S3Bucket>,
    client: Arc<Client>,
}

impl S3Blobs {
    /// Creates the store that the variables name. Returns `None` if the variables are not set. Tests use a store in
    /// memory by default. To use the bucket in a test, write `app.with(Blobs::new(Arc::new(store)))`.
    #[must_use]
    pub fn from_context(context: &Context) -> Option<Self> {
        let bucket = context.states().get()?;
        let client = Client {
            http: Arc::clone(&context.host().http),
            clock: context.clock(),
        };
        Some(Self {
            bucket,
            client: Arc::new(client),
        })
    }

    /// Returns the bucket, and the credentials with which requests to the bucket are signed.
    fn target(&self) -> (&Bucket, Option<&Credentials>) {
        (&self.bucket.bucket, Some(&self.bucket.credentials))
    }

    async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<BlobContent>, BlobError> {
        let (bucket, credentials) = self.target();
        let action = bucket.get_object(credentials, key);
        let mut headers = HeaderMap::new();
        let expected = match &range {
            None => StatusCode::OK,
            Some(range) => {
                headers.insert(header::RANGE, object::range_header(range));
                StatusCode::PARTIAL_CONTENT
            }
        };
        let response = self.client.send(&action, headers, Bytes::new()).await?;
        let Some(response) = response else {
            return Ok(None);
        };
        let (head, body) = response.into_parts();
        if head.status != expected {
            let status = head.status;
            let message = format!("the S3 store responded {status} instead of {expected}");
            return Err(BlobError::Store(message));
        }
        let length = object::length(&head.headers)?;
        let size = match range {
            None => length,
            Some(_) => object::whole_length(&head.headers)?,
        };
        Ok(Some(BlobContent {
            blob: object::blob(key, size, &head.headers)?,
            body: self.client.stream(body, length),
        }))
    }

    async fn describe(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        let (bucket, credentials) = self.target();
        let action = bucket.head_object(credentials, key);
        let sent = self.client.send(&action, HeaderMap::new(), Bytes::new());
        let Some(response) = sent.await? else {
            return Ok(None);
        };
        let headers = response.headers();
        object::blob(key, object::length(headers)?, headers).map(Some)
    }

    async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: PageLimit,
    ) -> Result<BlobPage, BlobError> {
        let (bucket, credentials) = self.target();
        let mut action = bucket.list_objects_v2(credentials);
        action.with_prefix(prefix);
        action.with_max_keys(limit.get() as usize);
        if let Some(after) = after {
            action.with_start_after(after);
        }
        let sent = self.client.send(&action, HeaderMap::new(), Bytes::new());
        let response = sent
            .await?
            .ok_or_else(|| object::invalid("list", "is missing"))?;
        let text = self.client.text(response.into_body()).await?;
        let list = ListObjectsV2::parse_response(&text);
        let list = list.map_err(|error| object::invalid("list", &error.to_string()))?;
        let has_more = list.next_continuation_token.is_some();
        let entries = list.contents.into_iter().map(object::entry);
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let next = entries.last().filter(|_| has_more);
        let next = next.map(|entry| entry.key.clone());
        Ok(BlobPage {
            blobs: entries,
            next,
        })
    }
}

impl BlobStore for S3Blobs {
    fn put<'a>(
        &'a self,
        key: &'a str,
        upload: BlobUpload,
    ) -> BoxFuture<'a, Result<Blob, BlobError>> {
        Box::pin(self.upload(key, upload))
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        Box::pin(self.read(key, range))
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        Box::pin(self.describe(key))
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move {
            let (bucket, credentials) = self.target();
            let action = bucket.delete_object(credentials, key);
            let sent = self.client.send(&action, HeaderMap::new(), Bytes::new());
            sent.await.map(drop)
        })
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        Box::pin(self.page(prefix, after, limit))
    }

    fn signed_url(&self, key: &str, valid_for: Duration) -> Option<String> {
        let (bucket, credentials) = self.target();
        let action = bucket.get_object(credentials, key);
        let url = bucket::sign(&action, self.client.clock.now(), valid_for);
        Some(url.into())
    }
}

impl std::fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Blobs")
            .field("bucket", &self.bucket.bucket.base_url().as_str())
            .finish_non_exhaustive()
    }
}

/// Returns the header `Content-Type` for an upload.
fn media_type_header(media_type: &str) -> HeaderMap {
    // The conversion cannot fail, because `Blobs` has checked the media type.
    let value = HeaderValue::from_str(media_type).ok();
    value
        .map(|value| (header::CONTENT_TYPE, value))
        .into_iter()
        .collect()
}
