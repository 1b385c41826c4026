//! Conditional requests (RFC 9110 section 13): 304 to who has the answer already, 412 to who would overwrite what it has not
//! seen.

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

/// `If-None-Match`: what the client has already. An extractor, which never fails.
///
/// ```
/// use whippet::response::{Cached, ETag, IfNoneMatch};
/// use whippet::{Db, Json, Path, Problem, query};
///
/// /// 304 without a body to a client that has this version.
/// async fn get_note(known: IfNoneMatch, db: Db, Path(id): Path<u32>) -> Result<Cached<Json<String>>, Problem> {
///     let note = query("select version, text from notes where id = ?1").bind(id);
///     let (version, text): (i64, String) = note.fetch_one(&db).await?;
///     Ok(known.respond(ETag::version(version), Json(text)))
/// }
/// # let _ = get_note;
/// ```
#[derive(Debug, Clone, Default)]
pub struct IfNoneMatch(Tags);

impl IfNoneMatch {
    /// The answer to a `GET` with this tag: `body`, or 304 if the client has it.
    pub fn respond<R: IntoResponse>(&self, tag: ETag, body: R) -> Cached<R> {
        let mut response = body.into_response();
        if response.status() == StatusCode::OK {
            if self.0.any(|sent| tag.matches_weakly(sent)) {
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

    /// The answer to a `GET` with the tag of its own JSON, for what has no version: it is written all the same, and not sent
    /// to a client that has it.
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

    /// Refuses a change if `current` is one of the tags sent: with `If-None-Match: *`, if there is anything at all, so that
    /// a `PUT` makes and never overwrites.
    ///
    /// # Errors
    ///
    /// A 412 problem.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let matches = current.is_some_and(|tag| self.0.any(|sent| tag.matches_weakly(sent)));
        if matches {
            return Err(failed("If-None-Match", "exists already, in this version"));
        }
        Ok(())
    }
}

/// `If-Match`: which version the client means to change. An extractor, which never fails.
///
/// Between the check and the update another request may come: put the version into the SQL too, as in
/// `update notes set … where id = ?1 and version = ?2`.
///
/// ```
/// use whippet::response::{ETag, IfMatch, NoContent};
/// use whippet::{Db, Path, Problem, query};
///
/// async fn delete_note(known: IfMatch, db: Db, Path(id): Path<u32>) -> Result<NoContent, Problem> {
///     let version: Option<i64> = query("select version from notes where id = ?1").bind(id).fetch_optional(&db).await?;
///     known.required()?.check(version.map(ETag::version).as_ref())?;
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
    /// Refuses a change unless `current`, the tag of what is there, is one of those sent. Without `If-Match` it allows all.
    ///
    /// # Errors
    ///
    /// A 412 problem.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let matches = current.is_some_and(|tag| self.0.any(|sent| tag.matches_strongly(sent)));
        if self.0.is_given && !matches {
            return Err(failed("If-Match", "is not there, or in another version"));
        }
        Ok(())
    }

    /// Itself, for what must not be changed without looking.
    ///
    /// # Errors
    ///
    /// A 428 problem (RFC 6585 section 3) where the request has no `If-Match`.
    pub fn required(self) -> Result<Self, Problem> {
        if self.0.is_given {
            return Ok(self);
        }
        Err(types::PRECONDITION_REQUIRED
            .with_detail("send If-Match with the ETag of the version that you have read"))
    }
}

fn failed(header: &str, what: &str) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        format!("what {header} speaks of {what}; read it again"),
    )
}

/// An answer with an `ETag`, or 304 without a body: see [`IfNoneMatch::answer`].
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

/// 304 with the headers that do not describe the body left out (RFC 9110 section 15.4.5).
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
    IfMatch "if-match" IF_MATCH "The `ETag` of the version that is changed."
        [types::PRECONDITION_FAILED, types::PRECONDITION_REQUIRED];
    IfNoneMatch "if-none-match" IF_NONE_MATCH "The `ETag` of what is known already; `*` for anything."
        [types::PRECONDITION_FAILED];
}

/// What the header lists. Text that is no entity tag matches nothing.
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

    fn any(&self, is_one: impl Fn(&str) -> bool) -> bool {
        self.is_star || self.list.iter().any(|sent| is_one(sent))
    }
}

/// The entity tags of a list. A comma may be in the quotes of one.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let items = list.split(move |character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    items.map(str::trim)
}
