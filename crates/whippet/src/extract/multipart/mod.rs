//! Uploads: bodies of `multipart/form-data` (RFC 7578), read as they arrive.

mod head;
mod reader;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::json;

use self::head::Head;
use self::reader::Reader;
use super::Argument;
use super::decode::body;
use super::errors::push_token;
use crate::openapi::OperationBuilder;
use crate::problem::types;
use crate::routing::Reads;
use crate::{Context, FieldError, Problem};

/// A form with files. The parts come one after the other, a piece at a time: no more is read of the body than is asked for,
/// and nothing is kept on a disk.
///
/// It refuses another content type with 415, a body over the app's limit with 413, and what is not written as the media type
/// says with 400. On Workers the entry has read the whole body before.
///
/// ```
/// use whippet::extract::Multipart;
/// use whippet::{Json, Problem};
///
/// /// The names and lengths of the files.
/// async fn upload(mut form: Multipart) -> Result<Json<Vec<(String, usize)>>, Problem> {
///     let mut files = Vec::new();
///     while let Some(mut part) = form.next_part().await? {
///         let Some(name) = part.file_name().map(str::to_owned) else { continue };
///         let mut length = 0;
///         while let Some(piece) = part.chunk().await? {
///             length += piece.len();
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
        let value = parts.headers.get(header::CONTENT_TYPE);
        let value = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let is_form = body::media_type(&parts.headers).eq_ignore_ascii_case("multipart/form-data");
        let boundary = head::parameter(value, "boundary");
        let Some(boundary) = boundary.filter(|boundary| is_form && is_boundary(boundary)) else {
            return Err(types::UNSUPPORTED_MEDIA_TYPE.with_detail(
                "the body must be a form with parts, with `Content-Type: multipart/form-data; boundary=…`",
            ));
        };
        let limit = context.body_limit();
        body::check_declared(&parts.headers, limit)?;
        Ok(Self {
            reader: Reader::new(body, &boundary, limit),
            part_limit: limit,
        })
    }
}

impl Argument for Multipart {
    const READS: Reads = Reads::Headers(&["content-type"]);

    fn describe(operation: &mut OperationBuilder<'_>) {
        operation.body_of("multipart/form-data", json!({"type": "object"}));
        for kind in [
            types::MALFORMED_MULTIPART,
            types::PAYLOAD_TOO_LARGE,
            types::UNSUPPORTED_MEDIA_TYPE,
            types::VALIDATION,
        ] {
            operation.problem(&kind);
        }
    }
}

/// RFC 2046 section 5.1.1.
fn is_boundary(text: &str) -> bool {
    (1..=70).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

impl Multipart {
    /// Refuses a part that has more bytes than this, with 413; the whole body has the app's limit anyway.
    #[must_use]
    pub fn part_limit(mut self, bytes: usize) -> Self {
        self.part_limit = bytes;
        self
    }

    /// The next part, if there is one; what was not read of the one before is skipped.
    ///
    /// # Errors
    ///
    /// A 400 problem when the body is not written as it should be, 413 when it is over the limit.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, Problem> {
        let Some(head) = self.reader.next_head().await? else {
            return Ok(None);
        };
        Ok(Some(Part {
            head: Head::read(&head)?,
            left: self.part_limit,
            form: self,
        }))
    }
}

/// One part of the form: a field, or a file.
#[derive(Debug)]
pub struct Part<'a> {
    form: &'a mut Multipart,
    head: Head,
    left: usize,
}

impl Part<'_> {
    /// The field's name; several parts may have one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// The file's name as the client gave it; a field that is no file has none. It may be anything: never use it as a path.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.head.file_name.as_deref()
    }

    /// The content type that the client gave.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type.as_deref()
    }

    /// The next piece of what is in it; none at its end.
    ///
    /// # Errors
    ///
    /// A 413 problem when the part or the body is over its limit, 400 when the body breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(chunk) = self.form.reader.chunk().await? else {
            return Ok(None);
        };
        match self.left.checked_sub(chunk.len()) {
            Some(left) => self.left = left,
            None => return Err(body::too_large(self.form.part_limit)),
        }
        Ok(Some(chunk))
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// As [`Part::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.into())
    }

    /// All of it, as text.
    ///
    /// # Errors
    ///
    /// As [`Part::chunk`], and a 422 problem when it is not UTF-8.
    pub async fn text(self) -> Result<String, Problem> {
        let mut pointer = String::new();
        push_token(&mut pointer, self.name());
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|_| {
            Problem::invalid(vec![FieldError::new(
                pointer,
                "type",
                "must be text in UTF-8",
            )])
        })
    }
}

fn malformed(what: &str) -> Problem {
    types::MALFORMED_MULTIPART.with_detail(format!("the body is not multipart/form-data: {what}"))
}
