//! Responses that contain a file, with support for ranges (RFC 9110 section 14), versions (section 13) and file names
//! (RFC 6266).

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::byte_range::{ByteRange, Wanted};
use super::conditional::IfNoneMatch;
use super::{ETag, disposition};
use crate::extract::Argument;
use crate::openapi::{OperationBuilder, ParameterLocation, Responses};
use crate::problem::types::RANGE_NOT_SATISFIABLE;
use crate::routing::Reads;

/// The request headers that [`DownloadRequest`] extracts.
const READS: &[&str] = &["range", "if-range", "if-none-match"];

/// Extracts the headers that decide which part of a file the response contains: `Range`, `If-Range` and
/// `If-None-Match`. Extraction never fails.
///
/// ```
/// use whippet::response::{Download, DownloadRequest};
/// use whippet::testing::TestApp;
/// use whippet::{App, get, routes};
///
/// #[get("/report")]
/// async fn report(request: DownloadRequest) -> Download {
///     request.file("a,b\n1,2\n").media_type("text/csv").attachment("report.csv")
/// }
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(App::new().routes(routes![report]))).await;
/// let whole = app.get("/report").await;
/// assert_eq!(whole.header("content-disposition"), "attachment; filename=\"report.csv\"");
/// let part = app.get("/report").header("range", "bytes=4-6").await;
/// part.assert_status(206).assert_header("content-range", "bytes 4-6/8");
/// assert_eq!(part.text(), "1,2");
/// let unchanged = app.get("/report").header("if-none-match", whole.header("etag")).await;
/// unchanged.assert_status(304);
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct DownloadRequest {
    if_none_match: IfNoneMatch,
    /// The header `Range`, which only a `GET` request can have. `None` for the other methods.
    range: Option<String>,
    if_range: Option<String>,
    /// True if the method is `HEAD`. The response then has no body.
    pub(crate) is_head: bool,
}

impl DownloadRequest {
    /// Creates the response for a file that is in memory. A hash of the content becomes the `ETag` of the response,
    /// unless [`Download::etag`] sets another tag. For a stored object, call [`blob`](Self::blob) instead.
    pub fn file(self, content: impl Into<Bytes>) -> Download {
        Download {
            content: Content::Memory(self, content.into()),
            etag: None,
            headers: HeaderMap::new(),
        }
    }

    /// Returns true if the request has no `Range` and no `If-None-Match`, and is not a `HEAD` request. The response
    /// then contains the whole file.
    pub(crate) fn wants_all(&self) -> bool {
        self.range.is_none() && !self.is_head && !self.if_none_match.is_given()
    }

    /// Decides which part of a file the response contains.
    pub(crate) fn decide(&self, etag: &ETag, size: u64) -> Decision {
        if self.if_none_match.matches(etag) {
            return Decision::NotModified;
        }
        let is_current = |sent: &String| etag.matches_strongly(sent.trim());
        let range = self.range.as_deref();
        let range = range.filter(|_| self.if_range.as_ref().is_none_or(is_current));
        match range.map_or(Wanted::Whole, |range| ByteRange::parse(range, size)) {
            Wanted::Whole => Decision::Whole,
            Wanted::Part(range) => Decision::Part(range),
            Wanted::Nothing => Decision::NotSatisfiable,
        }
    }
}

/// What the response to a download request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    NotModified,
    Whole,
    Part(ByteRange),
    NotSatisfiable,
}

impl<S: Sync> FromRequestParts<S> for DownloadRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // Headers that are not ASCII are read too. Such an `If-Range` matches no tag, and must still disable `Range`.
        let text = |name: HeaderName| {
            let value = parts.headers.get(name)?.as_bytes();
            Some(String::from_utf8_lossy(value).into_owned())
        };
        let range = text(header::RANGE).filter(|_| parts.method == Method::GET);
        let if_range = text(header::IF_RANGE);
        Ok(Self {
            range,
            if_range,
            is_head: parts.method == Method::HEAD,
            if_none_match: IfNoneMatch::from_request_parts(parts, state).await?,
        })
    }
}

impl Argument for DownloadRequest {
    const READS: Reads = Reads::Headers(READS);

    fn describe(operation: &mut OperationBuilder<'_>) {
        for (name, doc) in [
            ("range", "The bytes to return, such as `bytes=0-499`."),
            (
                "if-range",
                "The `ETag` of the version to which `range` applies. If the file has another version, the whole file is returned.",
            ),
            (
                "if-none-match",
                "The `ETag` of the client's copy; `*` matches every version.",
            ),
        ] {
            let schema = json!({"type": "string", "description": doc});
            operation.parameter(ParameterLocation::Header, name, schema, false);
        }
    }
}

/// A response with a file: 200 with the whole file, 206 with a range of the file, 304 if the client's copy is current,
/// or 416 if the range starts after the end of the file. The methods of [`DownloadRequest`] create the response.
///
/// A request for several ranges gets the whole file (RFC 9110 section 14.2).
#[derive(Debug)]
#[must_use = "a file is sent only if the handler returns the `Download`"]
pub struct Download {
    content: Content,
    etag: Option<ETag>,
    headers: HeaderMap,
}

/// The content of a download.
#[derive(Debug)]
enum Content {
    /// A file in memory.
    Memory(DownloadRequest, Bytes),
    /// The part of a stored file that `decision` selects.
    Stored {
        decision: Decision,
        etag: ETag,
        size: u64,
        body: Body,
    },
}

impl Download {
    /// Creates the response for a stored file. `body` is the part of the file that `decision` selects, and `size` is
    /// the size of the whole file in bytes.
    pub(crate) fn stored(decision: Decision, etag: ETag, size: u64, body: Body) -> Self {
        Self {
            content: Content::Stored {
                decision,
                etag,
                size,
                body,
            },
            etag: None,
            headers: HeaderMap::new(),
        }
    }

    /// Sets the media type. The default is `application/octet-stream`. Browsers do not guess another type, because the
    /// response has the header `X-Content-Type-Options: nosniff`. If the text is not valid in a header, the call has no
    /// effect.
    ///
    /// If users of the API choose the type of a file, also call [`attachment`](Self::attachment). Otherwise, a browser
    /// may display an HTML page or an SVG picture, and run its scripts.
    pub fn media_type(mut self, media_type: &str) -> Self {
        if let Ok(media_type) = HeaderValue::try_from(media_type) {
            self.headers.insert(header::CONTENT_TYPE, media_type);
        }
        self
    }

    /// Makes browsers save the file with this name (`Content-Disposition: attachment`) instead of displaying it.
    pub fn attachment(mut self, name: &str) -> Self {
        let value = disposition::attachment(name);
        self.headers.insert(header::CONTENT_DISPOSITION, value);
        self
    }

    /// Sets the `ETag` of a file that is in memory. For a stored object, the call has no effect, because the object has
    /// its own tag.
    pub fn etag(mut self, etag: ETag) -> Self {
        self.etag = Some(etag);
        self
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let Self {
            content,
            etag,
            headers,
        } = self;
        let (request, content) = match content {
            Content::Memory(request, content) => (request, content),
            Content::Stored {
                decision,
                etag,
                size,
                body,
            } => return respond(decision, &etag, size, headers, body),
        };
        let etag = etag.unwrap_or_else(|| ETag::of(&content));
        let size = content.len() as u64;
        let decision = request.decide(&etag, size);
        let body = match decision {
            Decision::Whole => content.into(),
            Decision::Part(range) => slice(&content, range).into(),
            Decision::NotModified | Decision::NotSatisfiable => Body::empty(),
        };
        respond(decision, &etag, size, headers, body)
    }
}

/// Returns the bytes of a range. The range must not end after the content.
fn slice(content: &Bytes, range: ByteRange) -> Bytes {
    content.slice(range.start as usize..range.end as usize)
}

/// Creates the response. `body` is the part of the file that `decision` selects.
fn respond(
    decision: Decision,
    etag: &ETag,
    size: u64,
    mut headers: HeaderMap,
    body: Body,
) -> Response {
    let (status, length) = match decision {
        Decision::Whole => (StatusCode::OK, size),
        Decision::Part(range) => {
            headers.insert(header::CONTENT_RANGE, text(format!("bytes {range}/{size}")));
            (StatusCode::PARTIAL_CONTENT, range.end - range.start)
        }
        Decision::NotModified => {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            response
                .headers_mut()
                .extend(etag.value().map(|tag| (header::ETAG, tag)));
            return response;
        }
        Decision::NotSatisfiable => {
            let detail = format!("the file has {size} bytes, and the range starts after its end");
            let problem = RANGE_NOT_SATISFIABLE.with_detail(detail);
            return problem
                .header(header::CONTENT_RANGE, text(format!("bytes */{size}")))
                .into_response();
        }
    };
    let mut response = (status, body).into_response();
    let target = response.headers_mut();
    target.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    target.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    target.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    target.insert(header::CONTENT_LENGTH, text(length.to_string()));
    target.extend(etag.value().map(|tag| (header::ETAG, tag)));
    target.extend(headers);
    response
}

/// Converts a number or a range into the value of a header. This text is always valid in a header.
fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""))
}

impl Responses for Download {
    fn describe(operation: &mut OperationBuilder<'_>) {
        for status in [StatusCode::OK, StatusCode::PARTIAL_CONTENT] {
            operation.response_with_schema(status, "*/*", true.into());
            operation.response_header(status, "ETag", "The version of the file.");
        }
        operation.response_header(
            StatusCode::PARTIAL_CONTENT,
            "Content-Range",
            "The range that the body contains.",
        );
        operation.status(StatusCode::NOT_MODIFIED);
        operation.problem(&RANGE_NOT_SATISFIABLE);
    }
}
