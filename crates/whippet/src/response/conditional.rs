//! Conditional requests (RFC 9110 section 13). A `GET` gets a 304 if the client's copy is current. A change gets a 412
//! if it would overwrite a version that the client has not seen.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::ETag;
use crate::extract::Argument;
use crate::openapi::{OperationBuilder, ParameterLocation};
use crate::problem::types;
use crate::routing::Reads;
use crate::{Json, Problem};

/// Extracts `If-None-Match`, which contains the tags of the client's copies. Extraction never fails.
///
/// ```
/// use whippet::response::{Cached, ETag, IfNoneMatch};
/// use whippet::{Db, Json, Path, Problem, query};
///
/// /// Responds 304 without a body when the client's copy is current.
/// async fn get_note(copies: IfNoneMatch, db: Db, Path(id): Path<u32>) -> Result<Cached<Json<String>>, Problem> {
///     let note = query("select version, text from notes where id = ?1").bind(id);
///     let (version, text): (i64, String) = note.fetch_one(&db).await?;
///     Ok(copies.respond(ETag::version(version), Json(text)))
/// }
/// # let _ = get_note;
/// ```
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Tags);

impl IfNoneMatch {
    /// Returns the response to a `GET` of a resource: a 304 if the client's copy is current, or else `body`. `tag`
    /// identifies the current version of the resource.
    pub fn respond<R: IntoResponse>(&self, tag: ETag, body: R) -> Cached<R> {
        let mut response = body.into_response();
        if response.status() == StatusCode::OK {
            if self.matches(&tag) {
                response = not_modified(response);
            }
            if let Some(tag) = tag.value() {
                response.headers_mut().insert(header::ETAG, tag);
            }
        }
        Cached {
            response,
            body: PhantomData,
        }
    }

    /// Returns whether the request has the header `If-None-Match`.
    pub(super) fn is_given(&self) -> bool {
        self.0.is_given
    }

    /// Returns whether the client has a copy with this tag.
    pub(super) fn matches(&self, tag: &ETag) -> bool {
        self.0.any(|sent| tag.matches_weakly(sent))
    }

    /// Returns the response to a `GET` of a value without a version number. A hash of the value's JSON becomes the tag
    /// of the response. Each call serializes the value to compute this hash, even if the client's copy is current and
    /// the response is a 304.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the value cannot be serialized as JSON.
    pub fn json<T: Serialize>(&self, value: &T) -> Result<Cached<Json<T>>, Problem> {
        let body = serde_json::to_vec(value)?;
        let tag = ETag::of(&body);
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        let Cached { response, .. } = self.respond(tag, (content_type, body));
        Ok(Cached {
            response,
            body: PhantomData,
        })
    }

    /// Rejects a change if `If-None-Match` matches `current`, the tag of the resource. `current` is `None` if the
    /// resource does not exist. `If-None-Match: *` matches every tag, so a `PUT` with this header can create a
    /// resource, but cannot overwrite an existing one.
    ///
    /// # Errors
    ///
    /// Returns a 412 problem if `If-None-Match` matches.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let matches = current.is_some_and(|tag| self.matches(tag));
        if matches {
            let detail = "If-None-Match matches the current ETag; read the resource again";
            return Err(precondition_failed(detail));
        }
        Ok(())
    }
}

/// Extracts `If-Match`, which contains the tag of the version that the client wants to change. Extraction never fails.
///
/// Between [`check`](Self::check) and the update, another request may change the row. So also compare the version in
/// the SQL of the update, as in `update notes set … where id = ?1 and version = ?2`.
///
/// ```
/// use whippet::response::{ETag, IfMatch, NoContent};
/// use whippet::{Db, Path, Problem, query};
///
/// async fn delete_note(if_match: IfMatch, db: Db, Path(id): Path<u32>) -> Result<NoContent, Problem> {
///     let version: Option<i64> = query("select version from notes where id = ?1").bind(id).fetch_optional(&db).await?;
///     if_match.required()?.check(version.map(ETag::version).as_ref())?;
///     let delete = query("delete from notes where id = ?1 and version = ?2").bind(id).bind(version);
///     match delete.execute(&db).await? {
///         0 => Err(Problem::conflict("the note was changed just now; read it again")),
///         _ => Ok(NoContent),
///     }
/// }
/// # let _ = delete_note;
/// ```
#[derive(Debug, Clone, Default)]
pub struct IfMatch(Tags);

impl IfMatch {
    /// Rejects a change if `If-Match` does not match `current`, the tag of the resource. `current` is `None` if the
    /// resource does not exist. Accepts every request without `If-Match`.
    ///
    /// # Errors
    ///
    /// Returns a 412 problem if the request has the header `If-Match`, and the header does not match.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let matches = current.is_some_and(|tag| self.0.any(|sent| tag.matches_strongly(sent)));
        if self.0.is_given && !matches {
            let detail = "If-Match does not match the current ETag; read the resource again";
            return Err(precondition_failed(detail));
        }
        Ok(())
    }

    /// Returns the version numbers that the header `If-Match` lists. Returns `None` if the request may change any
    /// version, because it has no `If-Match` or has `If-Match: *`.
    pub(crate) fn versions(&self) -> Option<Vec<i64>> {
        let version = |tag: &String| {
            let number = tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
            // The tag "07" also parses as 7, but only "7" is the tag of version 7.
            ETag::version(number)
                .matches_strongly(tag)
                .then_some(number)
        };
        let is_checked = self.0.is_given && !self.0.is_star;
        is_checked.then(|| self.0.list.iter().filter_map(version).collect())
    }

    /// Rejects a request without `If-Match`, so that a client can change only a version that it has read.
    ///
    /// # Errors
    ///
    /// Returns a 428 problem (RFC 6585 section 3) if the request has no `If-Match`.
    pub fn required(self) -> Result<Self, Problem> {
        if self.0.is_given {
            return Ok(self);
        }
        Err(types::PRECONDITION_REQUIRED
            .with_detail("send If-Match with the ETag of the version that you have read"))
    }
}

fn precondition_failed(detail: &'static str) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        detail,
    )
}

/// A response with an `ETag`, or a 304 without a body: see [`IfNoneMatch::respond`].
#[derive(Debug)]
pub struct Cached<R> {
    response: Response,
    body: PhantomData<fn() -> R>,
}

impl<R> IntoResponse for Cached<R> {
    fn into_response(self) -> Response {
        self.response
    }
}

/// Returns a 304 without the body and without the headers that describe the body (RFC 9110 section 15.4.5).
fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
    ] {
        parts.headers.remove(name);
    }
    (parts, ()).into_response()
}

macro_rules! extractors {
    ($($name:ident $text:literal $header:ident $doc:literal $problems:expr;)*) => {$(
        impl Argument for $name {
            const READS: Reads = Reads::Headers(&[$text]);

            fn describe(operation: &mut OperationBuilder<'_>) {
                let schema = json!({"type": "string", "description": $doc});
                operation.parameter(ParameterLocation::Header, $text, schema, false);
                for kind in $problems {
                    operation.problem(&kind);
                }
            }
        }

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = Infallible;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
                Ok(Self(Tags::of(&parts.headers, header::$header)))
            }
        }
    )*};
}

extractors! {
    IfMatch "if-match" IF_MATCH "The `ETag` of the version to change."
        [types::PRECONDITION_FAILED, types::PRECONDITION_REQUIRED];
    IfNoneMatch "if-none-match" IF_NONE_MATCH "The `ETag` of the client's copy; `*` matches every version."
        [types::PRECONDITION_FAILED];
}

/// The entity tags in `If-Match` or `If-None-Match`. An item that is not a valid entity tag matches no resource.
#[derive(Debug, Clone, Default)]
struct Tags {
    is_given: bool,
    is_star: bool,
    list: Vec<String>,
}

impl Tags {
    fn of(headers: &HeaderMap, name: HeaderName) -> Self {
        let mut tags = Self::default();
        for value in headers.get_all(name) {
            tags.is_given = true;
            let Ok(text) = value.to_str() else { continue };
            tags.is_star |= text.trim() == "*";
            tags.list.extend(split(text).map(str::to_owned));
        }
        tags
    }

    fn any(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.is_star || self.list.iter().any(|sent| matches(sent))
    }
}

/// Splits a list of entity tags at the commas between the tags. A comma inside a quoted tag does not split the tag.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let items = list.split(move |character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    items.map(str::trim)
}
