//! Streams of JSON values, one per line.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{BoxStream, Stream, StreamExt};
use serde::Serialize;

use crate::Problem;

/// A response that streams values as JSON, one value per line. The media type is `application/jsonl`. The response
/// sends each value as soon as the stream yields it, so the program keeps only one value in memory.
///
/// If the stream fails, the response logs the error and aborts the connection. The client sees that the body is not
/// complete.
///
/// ```
/// use futures_util::stream;
/// use schemars::JsonSchema;
/// use serde::Serialize;
/// use whippet::response::JsonLines;
/// use whippet::testing::TestApp;
/// use whippet::{App, get, routes};
///
/// #[derive(Serialize, JsonSchema)]
/// struct Number {
///     value: u32,
/// }
///
/// #[get("/numbers")]
/// async fn numbers() -> JsonLines<Number> {
///     JsonLines::new(stream::iter(1..3).map(|value| Number { value }))
/// }
/// # use futures_util::StreamExt;
///
/// # whippet::testing::block_on(async {
/// let app = TestApp::new(|_| Ok(App::new().routes(routes![numbers]))).await;
/// assert_eq!(app.get("/numbers").await.text(), "{\"value\":1}\n{\"value\":2}\n");
/// # });
/// ```
#[must_use = "values are sent only if the handler returns the `JsonLines`"]
pub struct JsonLines<T> {
    values: BoxStream<'static, Result<T, Problem>>,
}

impl<T: Send + 'static> JsonLines<T> {
    /// Creates a response from a stream that cannot fail.
    pub fn new(values: impl Stream<Item = T> + Send + 'static) -> Self {
        Self::try_new(values.map(Ok))
    }

    /// Creates a response from a stream that may fail.
    pub fn try_new(values: impl Stream<Item = Result<T, Problem>> + Send + 'static) -> Self {
        Self {
            values: values.boxed(),
        }
    }
}

impl<T> std::fmt::Debug for JsonLines<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JsonLines")
    }
}

impl<T: Serialize + Send + 'static> IntoResponse for JsonLines<T> {
    fn into_response(self) -> Response {
        let lines = self.values.map(|value| {
            let line = value.and_then(|value| {
                let mut line = serde_json::to_vec(&value)?;
                line.push(b'\n');
                Ok(Bytes::from(line))
            });
            line.inspect_err(|problem| {
                let error: &dyn std::error::Error = problem;
                tracing::error!(error, "the stream of values failed");
            })
        });
        let media_type = HeaderValue::from_static("application/jsonl");
        (
            [(header::CONTENT_TYPE, media_type)],
            Body::from_stream(lines),
        )
            .into_response()
    }
}
