//! Embeds the files of the page `/docs` in the program.

use axum::body::Bytes;
use whippet_docs::File;

/// Returns the contents of a file of the page `/docs`. The contents are compressed with gzip if `file.is_gzipped` is
/// true.
pub(crate) fn read(file: File) -> Result<Bytes, &'static str> {
    let contents = whippet_docs::contents(file);
    contents
        .map(Bytes::from_static)
        .ok_or("the file is not embedded in the program")
}
