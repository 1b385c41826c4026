//! The page `/graphiql`. The GraphQL endpoint redirects browsers to this page.

use axum::extract::Request;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use whippet_docs::graphiql::{FILES, INSTALL, PAGE};

use super::INTROSPECTION;
use crate::openapi::page;
use crate::response::{IfNoneMatch, TemporaryRedirect};
use crate::routing::{Methods, get};
use crate::{Context, Problem};

/// Returns the plain routes of the page. An app has one page for all of its endpoints.
pub(super) fn routes() -> Vec<(&'static str, Methods)> {
    ["/graphiql", "/graphiql/{file}"]
        .map(|path| (path, get(serve)))
        .into()
}

async fn serve(
    context: Context,
    uri: Uri,
    if_none_match: IfNoneMatch,
) -> Result<Response, Problem> {
    if !context.config().flag(INTROSPECTION)? {
        let detail = format!("GraphiQL is off: set `{INTROSPECTION}=true`, in development only");
        return Err(Problem::not_found(detail));
    }
    let file = match uri.path().strip_prefix("/graphiql/") {
        None => PAGE,
        Some(name) => FILES
            .into_iter()
            .find(|file| file.name == name)
            .ok_or_else(|| Problem::not_found(format!("the page has no file {name:?}")))?,
    };
    let remedy = || {
        let how = "and build the program for Workers and Spin with `whippet build --graphiql`";
        Problem::not_found(format!(
            "the files of GraphiQL are missing: run `{INSTALL}`, {how}"
        ))
    };
    let read = context.host().docs.ok_or_else(remedy)?;
    read(file).map_err(|_| remedy())?;
    page::respond(read, file, &if_none_match)
}

/// Returns a redirect to the page if a browser opens the endpoint.
pub(super) fn redirect(request: &Request) -> Option<Response> {
    let accept = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    if !page::accepts_html(accept) || request.uri().query().is_some() {
        return None;
    }
    // The redirect is relative, because a proxy may serve the API under a path prefix.
    let path = request.uri().path().trim_start_matches('/');
    let up = "../".repeat(path.matches('/').count());
    let target = format!("{up}graphiql?endpoint={path}");
    Some(TemporaryRedirect::to(target).into_response())
}
