//! The page `/docs`, on which a reader tries the operations out: Swagger UI.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use whippet_docs::{FILES, File, HEADERS, PAGE};

use crate::Problem;
use crate::context::ReadDocs;
use crate::response::{ETag, IfNoneMatch, TemporaryRedirect};
use crate::routing::{Methods, get};

/// The routes of the page, where the app serves it. Where the host does, it answers the same.
pub(super) fn routes(read: Option<ReadDocs>) -> Vec<(&'static str, Methods)> {
    let Some(read) = read else {
        return Vec::new();
    };
    let serve = async move |uri: Uri, known| serve(read, uri.path(), &known);
    ["/docs", "/docs/", "/docs/{file}"]
        .map(|path| (path, get(serve)))
        .into()
}

/// Only known names lead anywhere.
fn serve(read: ReadDocs, path: &str, known: &IfNoneMatch) -> Result<Response, Problem> {
    let file = match path.strip_prefix("/docs/") {
        None => PAGE,
        // Relative, as the links of the page are: the API may be below a prefix.
        Some("") => return Ok(TemporaryRedirect::to("../docs").into_response()),
        Some(name) => FILES
            .into_iter()
            .find(|file| file.name == name)
            .ok_or_else(|| Problem::not_found(format!("the page has no file {name:?}")))?,
    };
    let contents = read(file).map_err(Problem::not_found)?;
    let tag = ETag::of(&contents);
    let answer = known.respond(tag, (headers(file), contents));
    Ok(answer.into_response())
}

fn headers(file: File) -> HeaderMap {
    let own = [
        ("content-type", file.content_type),
        // A name says no version, so a browser asks whether the file has changed.
        ("cache-control", "no-cache"),
    ];
    // Every browser takes it.
    let encoding = file.is_gzipped.then_some(("content-encoding", "gzip"));
    let headers = HEADERS.into_iter().chain(own).chain(encoding);
    headers
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}
