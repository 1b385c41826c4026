//! Typed forms with files: `#[derive(Form)]`.

mod file;
mod read;

pub use file::{File, FileStream, FormFile, Received};
pub use read::read_form;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::json;
use validator::ValidationErrors;

use super::ArgumentCheck;
use crate::openapi::OperationBuilder;
use crate::problem::types;

/// A struct that is read from a form with files. `#[derive(Form)]` implements the trait, and makes the struct an argument
/// of operations.
///
/// A field of the type [`File`] or [`FileStream`] is a file; all other fields are read like the fields of a
/// [`Form`](struct@super::Form), and may have rules in `#[validate(…)]`. If a file is missing, is over its limit or has
/// a media type that is not allowed, the response is a 422 with a pointer to the field.
///
/// ```
/// use whippet::extract::{File, Form};
/// use whippet::{App, post, routes};
///
/// #[derive(Form)]
/// struct Upload {
///     /// The title of the picture.
///     #[validate(length(min = 1, max = 64))]
///     title: String,
///     /// The picture, of at most 1 MB.
///     #[form(accept("image/png", "image/jpeg"))]
///     picture: File<1_000_000>,
///     /// More files.
///     attachments: Vec<File<100_000>>,
/// }
///
/// #[post("/pictures")]
/// async fn upload(upload: Upload) -> String {
///     format!("{}: {} bytes", upload.title, upload.picture.bytes().len())
/// }
///
/// fn app() -> App {
///     App::new().body_limit(2_000_000).routes(routes![upload])
/// }
/// # drop(app());
/// ```
///
/// A native app does not start if the body limit of the app is below the limit of a file.
pub trait FormData: Sized {
    /// The fields that are not files.
    type Fields: DeserializeOwned + JsonSchema;

    /// The files.
    const FILES: &'static [FileField];

    /// Checks the rules of the fields that are not files.
    ///
    /// # Errors
    ///
    /// Returns the broken rules.
    fn check(fields: &Self::Fields) -> Result<(), ValidationErrors>;

    /// Creates the value from its fields and the received files. Returns `None` if a file is missing: the caller has
    /// already reported the missing file.
    fn build(fields: Self::Fields, files: Received) -> Option<Self>;
}

/// A form field that contains a file.
#[derive(Debug, Clone, Copy)]
pub struct FileField {
    /// The name of the field in the form.
    pub name: &'static str,
    /// The doc comment of the field.
    pub doc: &'static str,
    /// The maximum size of the file, in bytes.
    pub limit: usize,
    /// The media types that the file may have. If the list is empty, the file may have any media type.
    pub accept: &'static [&'static str],
    /// Whether a form without the file is invalid.
    pub is_required: bool,
    /// Whether the form may have several files of this name.
    pub is_list: bool,
    /// Whether the handler reads the file while it arrives.
    pub is_stream: bool,
}

/// Describes a form in the OpenAPI document.
#[doc(hidden)]
pub fn describe_form<T: FormData>(operation: &mut OperationBuilder<'_>) {
    let mut schema = operation.inline_schema::<T::Fields>();
    let mut encoding = json!({});
    for file in T::FILES {
        let mut property = json!({"type": "string", "format": "binary"});
        if file.is_list {
            property = json!({"type": "array", "items": property});
        }
        if !file.doc.is_empty() {
            property["description"] = file.doc.into();
        }
        schema["properties"][file.name] = property;
        if file.is_required {
            match schema["required"].as_array_mut() {
                Some(required) => required.push(file.name.into()),
                None => schema["required"] = json!([file.name]),
            }
        }
        if !file.accept.is_empty() {
            encoding[file.name] = json!({"contentType": file.accept.join(", ")});
        }
    }
    operation.form_body(schema, encoding);
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

/// Checks that the body limit of the app allows the files of a form.
#[doc(hidden)]
pub fn check_form<T: FormData>(app: &ArgumentCheck<'_>) -> Result<(), String> {
    let over = T::FILES.iter().find(|file| file.limit > app.body_limit);
    let Some(FileField { name, limit, .. }) = over else {
        return Ok(());
    };
    let body_limit = app.body_limit;
    Err(format!(
        "the file `{name}` may have {limit} bytes, but the body limit of the app is {body_limit} bytes: raise it with `App::body_limit`, or lower the limit of the file"
    ))
}
