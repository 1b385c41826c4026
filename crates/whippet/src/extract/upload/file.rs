//! The files of a form.

use axum::body::{Body, Bytes};
use futures_util::stream;

use crate::extract::errors::push_token;
use crate::extract::multipart::{Head, Multipart};
use crate::{FieldError, Problem};

/// A file in a form, with at most `LIMIT` bytes: see [`FormData`](super::FormData). The whole file is in memory. To
/// read a file while it arrives, use a [`FileStream`].
///
/// With the feature `graphql`, a `File` may also be an argument of a mutation. The GraphQL type of the argument is the
/// scalar `Upload`.
#[derive(Debug, Clone)]
pub struct File<const LIMIT: usize> {
    file_name: Option<String>,
    content_type: Option<String>,
    bytes: Bytes,
}

impl<const LIMIT: usize> File<LIMIT> {
    /// Creates a file that a test passes to a handler.
    #[must_use]
    pub fn new(file_name: &str, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        Self {
            file_name: Some(file_name.to_owned()),
            content_type: Some(content_type.to_owned()),
            bytes: bytes.into(),
        }
    }

    /// Creates a file from the content that a GraphQL operation has received.
    #[cfg(feature = "graphql")]
    pub(crate) fn received(
        file_name: Option<String>,
        content_type: Option<String>,
        bytes: Bytes,
    ) -> Self {
        Self {
            file_name,
            content_type,
            bytes,
        }
    }

    /// Returns the name that the client sent. Never use the name as a path, because clients can send any text.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// Returns the media type that the client sent. The content may be of another type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the content.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the content.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// A file in a form, with at most `LIMIT` bytes. The handler reads the file while it arrives. On Workers, the entry
/// module reads the whole body before the handler runs.
///
/// The file must be the last part of the form: the fields that follow it are not read. A form can have at most one
/// `FileStream`.
///
/// ```
/// use whippet::extract::{FileStream, Form};
/// use whippet::{Json, Problem, post};
///
/// #[derive(Form)]
/// struct Upload {
///     title: String,
///     file: FileStream<100_000_000>,
/// }
///
/// #[post("/files")]
/// async fn upload(mut upload: Upload) -> Result<Json<usize>, Problem> {
///     let mut bytes = 0;
///     while let Some(chunk) = upload.file.chunk().await? {
///         bytes += chunk.len(); // or write the chunk to storage
///     }
///     Ok(Json(bytes))
/// }
/// # let _ = upload;
/// ```
#[derive(Debug)]
pub struct FileStream<const LIMIT: usize> {
    form: Multipart,
    head: Head,
    remaining: usize,
}

impl<const LIMIT: usize> FileStream<LIMIT> {
    /// Returns the name that the client sent. Never use the name as a path, because clients can send any text.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.head.file_name.as_deref()
    }

    /// Returns the media type that the client sent. The content may be of another type.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type.as_deref()
    }

    /// Returns the next chunk of the content; `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// Returns a 422 if the file is over its limit, a 413 if the body is over the limit of the app, and a 400 if the
    /// body ends early.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(chunk) = self.form.chunk().await? else {
            return Ok(None);
        };
        match self.remaining.checked_sub(chunk.len()) {
            Some(remaining) => self.remaining = remaining,
            None => return Err(Problem::invalid(vec![too_large(&self.head.name, LIMIT)])),
        }
        Ok(Some(chunk))
    }

    /// Returns the content as a body, for example to store it: see [`Blobs::put`](crate::Blobs::put). If the file is
    /// over its limit, or ends early, reading this body fails.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, async |mut file| {
            let chunk = file.chunk().await?;
            Ok::<_, Problem>(chunk.map(|chunk| (chunk, file)))
        }))
    }
}

/// The received files of a form, each with the index of its field.
#[derive(Debug, Default)]
pub struct Received {
    files: Vec<(usize, Head, Bytes)>,
    stream: Option<(usize, Head, Multipart)>,
}

impl Received {
    pub(super) fn contains(&self, field: usize) -> bool {
        let mut files = self.files.iter().map(|(number, ..)| *number);
        let stream = self.stream.as_ref().map(|(number, ..)| *number);
        files.any(|number| number == field) || stream == Some(field)
    }

    pub(super) fn add(&mut self, field: usize, head: Head, bytes: Bytes) {
        self.files.push((field, head, bytes));
    }

    pub(super) fn set_stream(&mut self, field: usize, head: Head, form: Multipart) {
        self.stream = Some((field, head, form));
    }
}

/// A Rust type for a form field that contains a file.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a file of a form",
    label = "not a file",
    note = "the type of a file is `File<LIMIT>`, `Option<File<LIMIT>>`, `Vec<File<LIMIT>>`, `FileStream<LIMIT>` or `Option<FileStream<LIMIT>>`"
)]
pub trait FormFile: Sized {
    /// The maximum size of the file, in bytes.
    const LIMIT: usize;
    /// Whether a form without the file is invalid.
    const IS_REQUIRED: bool = true;
    /// Whether the form may have several files.
    const IS_LIST: bool = false;
    /// Whether the handler reads the file while it arrives.
    const IS_STREAM: bool = false;

    /// Removes the field's file from `files`, and returns the file.
    fn take(files: &mut Received, field: usize) -> Option<Self>;
}

impl<const LIMIT: usize> FormFile for File<LIMIT> {
    const LIMIT: usize = LIMIT;

    fn take(files: &mut Received, field: usize) -> Option<Self> {
        let at = files
            .files
            .iter()
            .position(|(number, ..)| *number == field)?;
        let (_, head, bytes) = files.files.remove(at);
        Some(Self {
            file_name: head.file_name,
            content_type: head.content_type,
            bytes,
        })
    }
}

impl<const LIMIT: usize> FormFile for FileStream<LIMIT> {
    const LIMIT: usize = LIMIT;
    const IS_STREAM: bool = true;

    fn take(files: &mut Received, field: usize) -> Option<Self> {
        let (_, head, form) = files.stream.take_if(|(number, ..)| *number == field)?;
        Some(Self {
            form,
            head,
            remaining: LIMIT,
        })
    }
}

impl<F: FormFile> FormFile for Option<F> {
    const LIMIT: usize = F::LIMIT;
    const IS_REQUIRED: bool = false;
    const IS_STREAM: bool = F::IS_STREAM;

    fn take(files: &mut Received, field: usize) -> Option<Self> {
        Some(F::take(files, field))
    }
}

impl<const LIMIT: usize> FormFile for Vec<File<LIMIT>> {
    const LIMIT: usize = LIMIT;
    const IS_REQUIRED: bool = false;
    const IS_LIST: bool = true;

    fn take(files: &mut Received, field: usize) -> Option<Self> {
        Some(std::iter::from_fn(|| File::take(files, field)).collect())
    }
}

pub(super) fn too_large(name: &str, limit: usize) -> FieldError {
    error(
        name,
        "size",
        format!("the file must have at most {limit} bytes"),
    )
}

pub(super) fn error(name: &str, code: &'static str, message: String) -> FieldError {
    let mut pointer = String::new();
    push_token(&mut pointer, name);
    FieldError::new(pointer, code, message)
}
