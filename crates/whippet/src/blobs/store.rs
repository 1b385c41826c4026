//! Defines the trait that a store implements, and the upload that a store receives.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use super::{Blob, BlobContent, BlobError, BlobPage};
use crate::Problem;
use crate::response::PageLimit;
use crate::scope::Scope;

/// The trait that hosts implement to store objects. [`Blobs`](crate::Blobs) checks the keys before it calls these
/// methods.
pub trait BlobStore: Send + Sync {
    /// Stores an object, and replaces the object that has the same key. If the upload fails or the future is dropped,
    /// the old object stays in the store.
    fn put<'a>(
        &'a self,
        key: &'a str,
        upload: BlobUpload,
    ) -> BoxFuture<'a, Result<Blob, BlobError>>;

    /// Returns an object, or only a range of its bytes. Returns `None` if the object does not exist. `range` is never
    /// empty. If the range ends after the end of the object, returns the bytes up to the end. If the range starts at or
    /// after the end of the object, returns [`BlobError::Range`].
    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>>;

    /// Returns the description of an object, or `None` if the object does not exist.
    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>>;

    /// Deletes an object. Does not fail if the object does not exist.
    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>>;

    /// Lists at most `limit` objects, in the byte order of their keys. The keys start with `prefix`, and are greater
    /// than `after`.
    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>>;

    /// Returns a URL from which anyone can download the object. The URL is valid for the time `valid_for`, from 1
    /// second to 7 days. Returns `None` if the store does not support such URLs.
    fn signed_url(&self, key: &str, valid_for: Duration) -> Option<String> {
        let _ = (key, valid_for);
        None
    }
}

/// The content and the media type of an object that a store has to store.
#[derive(Debug)]
pub struct BlobUpload {
    media_type: String,
    body: BodyDataStream,
    /// The bytes that [`part`](Self::part) has read, but not returned yet.
    rest: Bytes,
    limit: u64,
    remaining: u64,
    /// The scope of the current request. If the request's body is uploaded and cannot be read, the scope contains the
    /// reason.
    scope: Option<Arc<Scope>>,
}

impl BlobUpload {
    pub(super) fn new(media_type: &str, body: Body, limit: u64, scope: Option<Arc<Scope>>) -> Self {
        Self {
            media_type: media_type.to_owned(),
            body: body.into_data_stream(),
            rest: Bytes::new(),
            limit,
            remaining: limit,
            scope,
        }
    }

    /// Returns the media type. The text is always valid in a header.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Returns the next chunk of the content, or `None` at the end of the content. A chunk is never empty.
    ///
    /// # Errors
    ///
    /// Returns an error if the object is over the limit, or the body cannot be read.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BlobError> {
        if !self.rest.is_empty() {
            return Ok(Some(std::mem::take(&mut self.rest)));
        }
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk.map_err(|error| self.failed(error))?;
            let remaining = self.remaining.checked_sub(chunk.len() as u64);
            self.remaining = remaining.ok_or(BlobError::TooLarge(self.limit))?;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    /// Returns the next `size` bytes of the content. Returns fewer bytes only at the end of the content.
    ///
    /// # Errors
    ///
    /// Returns an error if the object is over the limit, or the body cannot be read.
    pub async fn part(&mut self, size: usize) -> Result<Vec<u8>, BlobError> {
        let mut part = Vec::new();
        while part.len() < size {
            let Some(mut chunk) = self.chunk().await? else {
                break;
            };
            let taken = chunk.split_to(chunk.len().min(size - part.len()));
            part.extend_from_slice(&taken);
            self.rest = chunk;
        }
        Ok(part)
    }

    /// Returns the error for a body that cannot be read.
    fn failed(&self, error: axum::Error) -> BlobError {
        let scope = self.scope.as_ref();
        if let Some(problem) = scope.and_then(|scope| scope.take_body_problem()) {
            return BlobError::Body(problem);
        }
        // If the body is a file from a form, the cause of the error is a `Problem`.
        let mut cause = error.into_inner();
        loop {
            cause = match cause.downcast::<axum::Error>() {
                Ok(error) => error.into_inner(),
                Err(cause) => break BlobError::Body(problem_of(cause)),
            };
        }
    }
}

fn problem_of(cause: BoxError) -> Problem {
    let problem = cause.downcast::<Problem>().map(|problem| *problem);
    problem.unwrap_or_else(Problem::internal)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Body, Bytes};
    use futures_util::{FutureExt, stream};

    use super::{BlobError, BlobUpload};

    fn upload(chunks: &'static [&'static str], limit: u64) -> BlobUpload {
        let chunks = chunks.iter().map(|chunk| Ok::<_, Infallible>(*chunk));
        let body = Body::from_stream(stream::iter(chunks));
        BlobUpload::new("text/plain", body, limit, None)
    }

    #[test]
    fn parts_have_the_same_size_except_the_last() {
        let mut upload = upload(&["ab", "", "cdefg", "h", "ij"], 10);
        let mut part = || upload.part(4).now_or_never().unwrap().unwrap();
        assert_eq!([part(), part(), part()].concat(), b"abcdefghij");
        assert_eq!(part(), b"");
    }

    #[test]
    fn a_body_over_the_limit_fails() {
        let mut upload = upload(&["ab", "cd"], 3);
        let first = upload.chunk().now_or_never().unwrap();
        assert_eq!(first.unwrap(), Some(Bytes::from("ab")));
        let second = upload.chunk().now_or_never().unwrap();
        assert!(matches!(second, Err(BlobError::TooLarge(3))));
    }
}
