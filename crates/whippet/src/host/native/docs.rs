//! The files of the page `/docs`, which are in the program.

use axum::body::Bytes;
use whippet_docs::File;

use crate::openapi::ReadDocs;

/// Reads what is in a file of the page, where the app serves it.
pub(crate) const READ: Option<ReadDocs> = Some(read);

fn read(file: File) -> Result<Bytes, &'static str> {
    let contents = whippet_docs::contents(file);
    contents
        .map(Bytes::from_static)
        .ok_or("the program has no such file")
}
