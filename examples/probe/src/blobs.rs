//! Operations that test object storage.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::axum::body::{Body, Bytes};
use whippet::extract::{Headers, Query};
use whippet::problem::types::{BAD_REQUEST, NOT_FOUND, PAYLOAD_TOO_LARGE};
use whippet::response::{Download, DownloadRequest, PageLimit};
use whippet::{
    App, Blob, BlobEntry, Blobs, Json, NoContent, Path, Problem, delete, get, put, routes,
};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![
        list_blobs,
        put_blob,
        generate_blob,
        get_blob,
        sign_url,
        delete_blob
    ])
}

/// The description of an object.
#[derive(Serialize, JsonSchema)]
struct Stored {
    key: String,
    size: u64,
    etag: String,
    media_type: String,
    modified_ms: i64,
}

impl From<Blob> for Stored {
    fn from(blob: Blob) -> Self {
        Self {
            key: blob.key,
            size: blob.size,
            etag: blob.etag.as_str().to_owned(),
            media_type: blob.media_type,
            modified_ms: blob.modified.as_millis(),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct MediaType {
    content_type: String,
}

/// Stores the body of the request.
#[put("/blobs/{key}", errors(BAD_REQUEST, PAYLOAD_TOO_LARGE))]
async fn put_blob(
    Path(key): Path<String>,
    Headers(headers): Headers<MediaType>,
    blobs: Blobs,
    body: Body,
) -> Result<Json<Stored>, Problem> {
    let blobs = blobs.limit(100_000);
    let stored = blobs.put(&key, &headers.content_type, body).await?;
    Ok(Json(stored.into()))
}

#[derive(Deserialize, JsonSchema)]
struct Size {
    megabytes: u8,
}

/// Stores a stream of several megabytes. Each megabyte repeats one byte: the number of this megabyte.
#[put("/blobs/{key}/generated")]
async fn generate_blob(
    Path(key): Path<String>,
    Query(Size { megabytes }): Query<Size>,
    blobs: Blobs,
) -> Result<Json<Stored>, Problem> {
    let megabyte = |number| Ok::<_, Infallible>(Bytes::from(vec![number; 1_000_000]));
    let body = Body::from_stream(stream::iter((0..megabytes).map(megabyte)));
    let stored = blobs.put(&key, "application/x-test", body).await?;
    Ok(Json(stored.into()))
}

#[get("/blobs/{key}", errors(BAD_REQUEST, NOT_FOUND))]
async fn get_blob(
    Path(key): Path<String>,
    blobs: Blobs,
    request: DownloadRequest,
) -> Result<Download, Problem> {
    let download = request.blob(&blobs, &key).await?;
    let download = download.ok_or_else(|| Problem::not_found("no object has this key"))?;
    Ok(download.attachment(&key))
}

#[derive(Deserialize, JsonSchema)]
struct Validity {
    seconds: u32,
}

/// Returns the signed URL of an object, or `null` if the store has no signed URLs.
#[get("/blobs/{key}/url")]
async fn sign_url(
    Path(key): Path<String>,
    Query(Validity { seconds }): Query<Validity>,
    blobs: Blobs,
) -> Result<Json<Option<String>>, Problem> {
    let valid_for = Duration::from_secs(seconds.into());
    Ok(Json(blobs.signed_url(&key, valid_for)?))
}

#[delete("/blobs/{key}")]
async fn delete_blob(Path(key): Path<String>, blobs: Blobs) -> Result<NoContent, Problem> {
    blobs.delete(&key).await?;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
struct ListParams {
    #[serde(default)]
    prefix: String,
    after: Option<String>,
    limit: Option<PageLimit>,
}

/// The description of an object in a list.
#[derive(Serialize, JsonSchema)]
struct Entry {
    key: String,
    size: u64,
    etag: String,
    modified_ms: i64,
}

impl From<BlobEntry> for Entry {
    fn from(blob: BlobEntry) -> Self {
        Self {
            key: blob.key,
            size: blob.size,
            etag: blob.etag.as_str().to_owned(),
            modified_ms: blob.modified.as_millis(),
        }
    }
}

/// A page of objects, and the start of the next page.
#[derive(Serialize, JsonSchema)]
struct Listed {
    blobs: Vec<Entry>,
    next: Option<String>,
}

#[get("/blobs")]
async fn list_blobs(
    Query(params): Query<ListParams>,
    blobs: Blobs,
) -> Result<Json<Listed>, Problem> {
    let limit = params.limit.unwrap_or_default();
    let page = blobs.list(&params.prefix, params.after.as_deref(), limit);
    let page = page.await?;
    Ok(Json(Listed {
        blobs: page.blobs.into_iter().map(Entry::from).collect(),
        next: page.next,
    }))
}
