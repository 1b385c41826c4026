//! A request that a test sends.

use std::fmt::Display;
use std::pin::Pin;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{TestApp, TestResponse, TestStream};

/// A request builder. Awaiting the builder sends the request.
#[derive(Debug)]
#[must_use = "a request is not sent until it is awaited"]
pub struct TestRequest<'a> {
    pub(super) app: &'a TestApp,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

impl TestRequest<'_> {
    /// Adds a header.
    ///
    /// # Panics
    ///
    /// Panics if the name or the value is not valid in a header.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the header is not valid"
    )]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (name.parse(), value.parse()) {
            (Ok(name), Ok(value)) => self.headers.push((name, value)),
            _ => panic!("{name:?}: {value:?} is not a valid header"),
        }
        self
    }

    /// Adds `Authorization: Bearer token`.
    #[track_caller]
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let separator = if self.path.contains('?') { '&' } else { '?' };
        let (name, value) = (encode(name), encode(&value.to_string()));
        self.path.push_str(&format!("{separator}{name}={value}"));
        self
    }

    /// Sets the body to these bytes, without a content type.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to this value as JSON, with the content type `application/json`.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be serialized as JSON.
    #[track_caller]
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the body cannot be serialized"
    )]
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.json_text(body),
            Err(error) => panic!("the body cannot be serialized as JSON: {error}"),
        }
    }

    /// Sets the body to exactly these bytes, with the content type `application/json`. The bytes need not be valid
    /// JSON.
    pub fn json_text(self, body: impl Into<Bytes>) -> Self {
        self.header(header::CONTENT_TYPE.as_str(), "application/json")
            .body(body)
    }
}

impl<'a> TestRequest<'a> {
    /// Sends the request. Returns the response as soon as its head arrives, before the body is complete. The test reads
    /// the body chunk by chunk or event by event, in virtual time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures_util::stream;
    /// use whippet::response::{Event, Sse};
    /// use whippet::testing::TestApp;
    /// use whippet::{App, Clock, get, routes};
    ///
    /// /// Sends a tick every hour, for ever.
    /// #[get("/ticks")]
    /// async fn ticks(clock: Clock) -> Sse {
    ///     Sse::new(stream::unfold(clock, |clock| async {
    ///         clock.sleep(Duration::from_secs(3600)).await;
    ///         Some((Event::data(clock.now().to_string()), clock))
    ///     }))
    /// }
    ///
    /// # whippet::testing::block_on(async {
    /// let app = TestApp::new(|_| Ok(App::new().routes(routes![ticks]))).await;
    /// let mut events = app.get("/ticks").stream().await;
    /// assert_eq!(events.next_event().await.unwrap().data, "2026-01-01T01:00:00.000Z");
    /// assert_eq!(events.next_event().await.unwrap().data, "2026-01-01T02:00:00.000Z");
    /// # });
    /// ```
    pub async fn stream(self) -> TestStream<'a> {
        self.app.send_and_stream(self).await
    }
}

impl<'a> IntoFuture for TestRequest<'a> {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.app.send(self))
    }
}
