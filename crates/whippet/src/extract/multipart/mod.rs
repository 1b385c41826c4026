//! Uploads: `multipart/form-data` bodies (RFC 7578), which are read while they arrive.

mod head;
mod reader;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde_json::json;

pub(super) use self::head::Head;
use self::reader::Reader;
use super::Argument;
use super::decode::body;
use super::errors::push_token;
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::Reads;
use crate::{Context, FieldError, Problem};

/// A form with files. The handler reads the parts of the form one by one, each in chunks. Whippet reads only as much of
/// the body as the handler asks for, and writes nothing to disk.
///
/// Responds 415 to a content type other than `multipart/form-data`, 413 to a body over the app's size limit, and 400 to
/// a body that is not valid `multipart/form-data`. On Workers, the entry module reads the whole body before the handler
/// runs.
///
/// ```
/// use whippet::extract::Multipart;
/// use whippet::{Json, Problem};
///
/// /// Returns the names and lengths of the files.
/// async fn upload(mut form: Multipart) -> Result<Json<Vec<(String, usize)>>, Problem> {
///     let mut files = Vec::new();
///     while let Some(mut part) = form.next_part().await? {
///         let Some(name) = part.file_name().map(str::to_owned) else { continue };
///         let mut length = 0;
///         while let Some(chunk) = part.chunk().await? {
///             length += chunk.len();
///         }
///         files.push((name, length));
///     }
///     Ok(Json(files))
/// }
/// # let _ = upload;
/// ```
#[derive(Debug)]
pub struct Multipart {
    reader: Reader,
    part_limit: usize,
}

impl FromRequest<Context> for Multipart {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Self::open(&parts.headers, body, context.body_limit())
    }
}

impl Argument for Multipart {
    const READS: Reads = Reads::Headers(&["content-type"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.body_with_schema("multipart/form-data", json!({"type": "object"}));
        for kind in [
            types::MALFORMED_MULTIPART,
            types::PAYLOAD_TOO_LARGE,
            types::REQUEST_TIMEOUT,
            types::UNSUPPORTED_MEDIA_TYPE,
            types::VALIDATION,
        ] {
            operation.problem(&kind);
        }
    }
}

/// Whether the text is a valid boundary (RFC 2046 section 5.1.1).
fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

impl Multipart {
    /// Starts to read a body as a form. Reading more than `limit` bytes of the body fails.
    pub(crate) fn open(headers: &HeaderMap, body: Body, limit: usize) -> Result<Self, Problem> {
        let value = headers.get(header::CONTENT_TYPE);
        let value = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let is_form = body::media_type(headers).eq_ignore_ascii_case("multipart/form-data");
        let boundary = head::parameter(value, "boundary");
        let Some(boundary) = boundary.filter(|boundary| is_form && is_boundary(boundary)) else {
            return Err(types::UNSUPPORTED_MEDIA_TYPE.with_detail(
                "the body must be a multipart form, with `Content-Type: multipart/form-data; boundary=…`",
            ));
        };
        body::check_content_length(headers, limit)?;
        Ok(Self {
            reader: Reader::new(body, &boundary, limit),
            part_limit: limit,
        })
    }

    /// Sets the maximum size of a part, in bytes; a longer part is rejected with 413. The app's limit still applies to
    /// the whole body.
    #[must_use]
    pub fn part_limit(mut self, bytes: usize) -> Self {
        self.part_limit = bytes;
        self
    }

    /// Returns the next chunk of the current part; `None` at the end of the part.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        self.reader.chunk().await
    }

    /// Returns the next part; `None` after the last part. Skips the rest of the previous part.
    ///
    /// # Errors
    ///
    /// Returns a 400 if the body is not a valid multipart form or ends early, and a 413 if the body is over the size
    /// limit.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, Problem> {
        let Some(head) = self.reader.next_head().await? else {
            return Ok(None);
        };
        Ok(Some(Part {
            head: Head::read(&head)?,
            remaining: self.part_limit,
            form: self,
        }))
    }
}

/// One part of the form: a field, or a file.
#[derive(Debug)]
pub struct Part<'a> {
    form: &'a mut Multipart,
    head: Head,
    remaining: usize,
}

impl Part<'_> {
    /// Returns the name of the part's field. Several parts may have the same name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// Returns the file name that the client sent; `None` for a field that is not a file. Never use the file name as a
    /// path, because clients can send any text.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.head.file_name.as_deref()
    }

    /// Returns the content type that the client sent for the part.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type.as_deref()
    }

    pub(super) fn into_head(self) -> Head {
        self.head
    }

    /// Returns the next chunk of the part's content; `None` at the end of the part.
    ///
    /// # Errors
    ///
    /// Returns a 413 if the part or the body is over its size limit, and a 400 if the body ends early.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(chunk) = self.form.reader.chunk().await? else {
            return Ok(None);
        };
        match self.remaining.checked_sub(chunk.len()) {
            Some(remaining) => self.remaining = remaining,
            None => return Err(body::too_large("part", self.form.part_limit)),
        }
        Ok(Some(chunk))
    }

    /// Reads the rest of the part's content.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Part::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.into())
    }

    /// Reads the rest of the part's content as text.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Part::chunk`], and a 422 if the content is not valid UTF-8.
    pub async fn text(self) -> Result<String, Problem> {
        let mut pointer = String::new();
        push_token(&mut pointer, self.name());
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|_| {
            Problem::invalid(vec![FieldError::new(
                pointer,
                "type",
                "must be valid UTF-8 text",
            )])
        })
    }
}

fn malformed(cause: &str) -> Problem {
    let detail = format!("the body is not valid multipart/form-data: {cause}");
    types::MALFORMED_MULTIPART.with_detail(detail)
}
