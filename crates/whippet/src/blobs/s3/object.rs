//! Reads the descriptions of objects. A description is in the headers of a response, or in a list of objects.

use std::ops::Range;
use std::time::UNIX_EPOCH;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use rusty_s3::actions::list_objects_v2::ListObjectsContent;

use crate::Timestamp;
use crate::blobs::{Blob, BlobEntry, BlobError};
use crate::response::ETag;

/// Creates the error for a response that does not match S3's documentation.
pub(super) fn invalid(what: &str, why: &str) -> BlobError {
    BlobError::Store(format!("the S3 store sent a {what} that {why}"))
}

/// Returns the value of the header `Range`. `range` must not be empty.
pub(super) fn range_header(range: &Range<u64>) -> HeaderValue {
    // Some stores read the end as a signed 64-bit integer.
    let last = range.end.min(i64::MAX as u64) - 1;
    let text = format!("bytes={}-{}", range.start, last.max(range.start));
    // The conversion cannot fail, because all characters in `text` are valid in a header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("bytes=0-"))
}

/// Returns the length of a response body.
pub(super) fn length(headers: &HeaderMap) -> Result<u64, BlobError> {
    let length = text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    length.ok_or_else(|| invalid("response", "has no valid Content-Length"))
}

/// Returns the length of the whole object from a response that contains only a range of the object.
pub(super) fn whole_length(headers: &HeaderMap) -> Result<u64, BlobError> {
    let range = text(headers, &header::CONTENT_RANGE);
    let length = range.and_then(|range| range.rsplit_once('/')?.1.parse().ok());
    length.ok_or_else(|| invalid("response", "has no valid Content-Range"))
}

/// Reads the description of an object from the headers of a response.
pub(super) fn blob(key: &str, size: u64, headers: &HeaderMap) -> Result<Blob, BlobError> {
    let tag = text(headers, &header::ETAG).unwrap_or_default();
    let modified = text(headers, &header::LAST_MODIFIED);
    let modified = modified.and_then(|text| httpdate::parse_http_date(text).ok());
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.ok_or_else(|| invalid("response", "has no valid Last-Modified"))?;
    let media_type = text(headers, &header::CONTENT_TYPE);
    Ok(Blob {
        key: key.to_owned(),
        size,
        etag: etag(tag)?,
        media_type: media_type.unwrap_or("application/octet-stream").to_owned(),
        modified: Timestamp::from_millis(0) + modified,
    })
}

/// Reads the description of an object from an entry of a list.
pub(super) fn entry(object: ListObjectsContent) -> Result<BlobEntry, BlobError> {
    let modified = object.last_modified.as_deref().and_then(Timestamp::parse);
    let (Some(size), Some(modified)) = (object.size, modified) else {
        return Err(invalid("list", "has an object without a size or a time"));
    };
    Ok(BlobEntry {
        size,
        etag: etag(object.etag.as_deref().unwrap_or_default())?,
        // In lists, some stores send the time with milliseconds. The header `Last-Modified` contains only seconds.
        // Rounding makes both times equal.
        modified: Timestamp::from_millis(modified.as_seconds() * 1000),
        key: object.key,
    })
}

/// Parses the entity tag of an object. Stores send strong tags. A proxy that compresses a response makes its tag weak,
/// so a leading `W/` is ignored.
pub(super) fn etag(text: &str) -> Result<ETag, BlobError> {
    let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    match ETag::strong(tag) {
        Ok(etag) if !tag.is_empty() => Ok(etag),
        _ => Err(invalid("response", "has no valid ETag")),
    }
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
