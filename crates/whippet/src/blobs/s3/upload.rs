//! Uploads objects, either in one request or in several parts.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use rusty_s3::actions::{CompleteMultipartUploadResponse, CreateMultipartUpload, S3Action};

use super::client::StoreError;
use super::{S3Blobs, media_type_header, object};
use crate::blobs::{Blob, BlobError, BlobUpload};
use crate::response::ETag;

/// The size of one part of a large object. S3 accepts parts from 5 MiB to 5 GiB. For R2, all parts except the last must
/// have the same size.
const PART: usize = 8 * 1024 * 1024;

/// The maximum number of parts of one object (Amazon S3 user guide, "Multipart upload limits").
const MAX_PARTS: u16 = 10_000;

impl S3Blobs {
    pub(super) async fn upload(
        &self,
        key: &str,
        mut upload: BlobUpload,
    ) -> Result<Blob, BlobError> {
        let media_type = upload.media_type().to_owned();
        let first = upload.part(PART).await?;
        let (size, tag) = if first.len() < PART {
            let size = first.len() as u64;
            (size, self.put_whole(key, &media_type, first.into()).await?)
        } else {
            self.put_parts(key, &media_type, first.into(), &mut upload)
                .await?
        };
        // The response to an upload does not contain the time at which the store has stored the object, so another
        // request reads the time.
        if let Ok(Some(blob)) = self.describe(key).await
            && blob.etag == tag
        {
            return Ok(blob);
        }
        // The request has failed, or another client has replaced the object since the upload. Uses the client's time
        // instead.
        Ok(Blob {
            key: key.to_owned(),
            size,
            etag: tag,
            media_type,
            modified: self.client.clock.now(),
        })
    }

    async fn put_whole(
        &self,
        key: &str,
        media_type: &str,
        content: Bytes,
    ) -> Result<ETag, BlobError> {
        let (bucket, credentials) = self.target();
        let action = bucket.put_object(credentials, key);
        self.put(&action, media_type_header(media_type), content)
            .await
    }

    /// Uploads an object or one part, and returns the entity tag that the store sends.
    async fn put<'a>(
        &self,
        action: &impl S3Action<'a>,
        headers: HeaderMap,
        content: Bytes,
    ) -> Result<ETag, BlobError> {
        let response = self.client.send(action, headers, content).await?;
        let response = response.ok_or_else(|| object::invalid("response", "has no object"))?;
        object::etag(object::text(response.headers(), &header::ETAG).unwrap_or_default())
    }

    /// Uploads an object in parts. Returns the size and the entity tag of the object. If a part fails, aborts the
    /// upload, so that the store deletes the parts.
    async fn put_parts(
        &self,
        key: &str,
        media_type: &str,
        first: Bytes,
        upload: &mut BlobUpload,
    ) -> Result<(u64, ETag), BlobError> {
        let (bucket, credentials) = self.target();
        let create = bucket.create_multipart_upload(credentials, key);
        let headers = media_type_header(media_type);
        let created = self.client.send(&create, headers, Bytes::new()).await?;
        let created = created.ok_or_else(|| object::invalid("response", "has no upload"))?;
        let text = self.client.text(created.into_body()).await?;
        let created = CreateMultipartUpload::parse_response(&text);
        let created = created.map_err(|error| object::invalid("response", &error.to_string()))?;
        let id = created.upload_id();
        let result = self.put_all(key, id, first, upload).await;
        if result.is_err() {
            let abort = bucket.abort_multipart_upload(credentials, key, id);
            // The result is ignored. If this request fails, the store keeps the parts until a rule of the bucket
            // deletes them.
            let aborted = self.client.send(&abort, HeaderMap::new(), Bytes::new());
            drop(aborted.await);
        }
        result
    }

    async fn put_all(
        &self,
        key: &str,
        id: &str,
        first: Bytes,
        upload: &mut BlobUpload,
    ) -> Result<(u64, ETag), BlobError> {
        let (bucket, credentials) = self.target();
        let (mut size, mut tags, mut part) = (0, Vec::new(), first);
        for number in 1..=MAX_PARTS {
            size += part.len() as u64;
            let put = bucket.upload_part(credentials, key, number, id);
            tags.push(self.put(&put, HeaderMap::new(), part).await?);
            part = upload.part(PART).await?.into();
            if part.is_empty() {
                break;
            }
        }
        if !part.is_empty() {
            return Err(BlobError::TooLarge(PART as u64 * u64::from(MAX_PARTS)));
        }
        let tags = tags.iter().map(ETag::as_str);
        let complete = bucket.complete_multipart_upload(credentials, key, id, tags);
        let body = complete.clone().body().into();
        let sent = self.client.send_once(&complete, HeaderMap::new(), body);
        let sent = sent
            .await?
            .ok_or_else(|| object::invalid("response", "has no object"))?;
        let text = self.client.text(sent.into_body()).await?;
        match CompleteMultipartUploadResponse::parse(&text) {
            Ok(completed) => Ok((size, object::etag(completed.etag())?)),
            // S3 may respond 200 before the upload is complete. If the upload then fails, the body of the response
            // contains an error.
            Err(_) => Err(StoreError::of(&text).into_error(StatusCode::OK)),
        }
    }
}
