//! The page for operators, which a browser loads from [`PATH`]. The operator enters the sweep key, and the script of
//! the page sends it with requests to the routes of the [outbox](super::outbox).

use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use whippet_docs::outbox::{FILES, PAGE};

use crate::Problem;
use crate::context::ReadDocs;
use crate::openapi::page;
use crate::response::{IfNoneMatch, TemporaryRedirect};
use crate::routing::{Methods, get};

/// The path of the page.
pub const PATH: &str = "/_whippet/outbox";

const FILE: &str = "/_whippet/outbox/{file}";

/// Returns the routes of the page, or no routes if the host itself serves the page.
pub(super) fn routes(read: Option<ReadDocs>) -> Vec<(&'static str, Methods)> {
    let Some(read) = read else {
        return Vec::new();
    };
    let serve = async move |uri: Uri, if_none_match| serve(read, uri.path(), &if_none_match);
    [PATH, FILE].map(|path| (path, get(serve))).into()
}

fn serve(read: ReadDocs, path: &str, if_none_match: &IfNoneMatch) -> Result<Response, Problem> {
    let file = match path.rsplit_once('/') {
        Some((PATH, name)) => FILES
            .into_iter()
            .find(|file| file.name == name)
            .ok_or_else(|| Problem::not_found(format!("the page has no file {name:?}")))?,
        _ => PAGE,
    };
    page::respond(read, file, if_none_match)
}

/// Returns a redirect to the page if the request comes from a browser and has no key. Such a browser would otherwise
/// get an error instead of the JSON of the outbox.
pub(super) fn redirect(headers: &HeaderMap) -> Option<Response> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    let is_browser = page::accepts_html(accept) && !headers.contains_key(header::AUTHORIZATION);
    // The redirect is relative, because a proxy may serve the API under a path prefix.
    is_browser.then(|| TemporaryRedirect::to("outbox").into_response())
}
