//! Reads the files of the pages `/docs`, `/graphiql` and `/_whippet/outbox`. The program contains all files except those of
//! GraphiQL.

use axum::body::Bytes;
use whippet_docs::{File, graphiql};

/// Returns the contents of a file of a page. The contents are compressed with gzip if `file.is_gzipped` is true.
pub(crate) fn read(file: File) -> Result<Bytes, &'static str> {
    if let Some(contents) = whippet_docs::contents(file) {
        return Ok(Bytes::from_static(contents));
    }
    let contents = graphiql::read(file);
    contents.map(Bytes::from).ok_or(
        "the packages of GraphiQL are not installed: see the documentation of `GRAPHQL_INTROSPECTION`",
    )
}
