//! The page `/docs`, where a reader can try the operations in Swagger UI.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use whippet_docs::{FILES, File, HEADERS, PAGE};

use crate::Problem;
use crate::context::ReadDocs;
use crate::response::{ETag, IfNoneMatch, TemporaryRedirect};
use crate::routing::{Methods, get};

/// Returns the routes for the page `/docs`. If the host serves the page, returns no routes. The host then sends the
/// same responses as these routes.
pub(super) fn routes(read: Option<ReadDocs>) -> Vec<(&'static str, Methods)> {
    let Some(read) = read else {
        return Vec::new();
    };
    let serve = async move |uri: Uri, if_none_match| serve(read, uri.path(), &if_none_match);
    ["/docs", "/docs/", "/docs/{file}"]
        .map(|path| (path, get(serve)))
        .into()
}

/// Returns the response to a request for the page or for one of its files. Responds 404 to a request for any other
/// file.
fn serve(read: ReadDocs, path: &str, if_none_match: &IfNoneMatch) -> Result<Response, Problem> {
    let file = match path.strip_prefix("/docs/") {
        None => PAGE,
        // The redirect is relative, like the links of the page, because a proxy may serve the API under a path prefix.
        Some("") => return Ok(TemporaryRedirect::to("../docs").into_response()),
        Some(name) => FILES
            .into_iter()
            .find(|file| file.name == name)
            .ok_or_else(|| Problem::not_found(format!("the page `/docs` has no file {name:?}")))?,
    };
    respond(read, file, if_none_match)
}

/// Returns the response to a request for a file of a page.
pub(crate) fn respond(
    read: ReadDocs,
    file: File,
    if_none_match: &IfNoneMatch,
) -> Result<Response, Problem> {
    let contents = read(file).map_err(Problem::not_found)?;
    let tag = ETag::of(&contents);
    let response = if_none_match.respond(tag, (headers(file), contents));
    Ok(response.into_response())
}

/// Returns whether a client that sends this `Accept` header displays HTML, as a browser does when it opens a page.
pub(crate) fn accepts_html(accept: &str) -> bool {
    accept
        .split(',')
        .any(|range| range.trim().starts_with("text/html"))
}

fn headers(file: File) -> HeaderMap {
    let own = [
        ("content-type", file.content_type),
        // The file names contain no version, so a browser must check whether the file has changed.
        ("cache-control", "no-cache"),
    ];
    // The request header `Accept-Encoding` is not checked, because every browser accepts gzip.
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
