//! Sends the requests of a test.

use std::collections::VecDeque;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, Uri};
use axum::response::Response;

use super::exchange::Exchange;
use super::transcript::Entry;
use super::{TestApp, TestRequest, TestResponse, TestStream};

/// A request that a test has sent.
struct SentRequest {
    line: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl TestApp {
    #[expect(
        clippy::expect_used,
        reason = "the test fails with a panic if the body fails"
    )]
    pub(super) async fn send(&self, test_request: TestRequest<'_>) -> TestResponse {
        let sent = self.start_request(test_request);
        let handle = async {
            let (request, handle) = sent;
            let (parts, body) = handle.await.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a body");
            (request, parts, body)
        };
        let (request, parts, body) = self.capture.captured(handle).await;
        for work in self.service.work_after_response() {
            self.start(work).await;
        }
        let response = TestResponse {
            status: parts.status,
            headers: parts.headers,
            body,
            request_line: request.line.clone(),
        };
        self.check(&request, &response);
        response
    }

    /// Sends a request, and returns the response before its body is complete.
    pub(super) async fn send_and_stream(&self, test_request: TestRequest<'_>) -> TestStream<'_> {
        let (request, handle) = self.start_request(test_request);
        let (parts, body) = self.capture.captured(handle).await.into_parts();
        for work in self.service.work_after_response() {
            self.start(work).await;
        }
        // The checks see the response without its body, which may be endless.
        let response = TestResponse {
            status: parts.status,
            headers: parts.headers,
            body: Bytes::new(),
            request_line: request.line.clone(),
        };
        let media_type = response.header("content-type");
        if !media_type.contains("json") || media_type.contains("jsonl") {
            self.check(&request, &response);
        }
        TestStream {
            app: self,
            status: response.status,
            headers: response.headers,
            body: body.into_data_stream(),
            request_line: request.line,
            buffer: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Returns the request and the future that handles it.
    #[expect(
        clippy::panic,
        reason = "the test fails with a panic if the request is not valid"
    )]
    fn start_request(
        &self,
        test_request: TestRequest<'_>,
    ) -> (SentRequest, impl Future<Output = Response> + use<>) {
        let TestRequest {
            method,
            path,
            headers,
            body,
            ..
        } = test_request;
        let line = format!("{method} {path}");
        let request = Request::builder().method(&method).uri(&path);
        let Ok(mut request) = request.body(Body::from(body.clone())) else {
            panic!("{line} is not a valid request line");
        };
        request.headers_mut().extend(headers);
        let sent = SentRequest {
            line,
            method,
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body,
        };
        let entry = Entry::Request(sent.line.clone(), sent.headers.clone(), sent.body.clone());
        self.transcript.add(entry);
        let service = self.service.clone();
        (sent, async move { service.handle(request).await })
    }

    /// Adds the response to the transcript, and runs the checks.
    #[expect(clippy::panic, reason = "the test fails with a panic if a check fails")]
    fn check(&self, request: &SentRequest, response: &TestResponse) {
        let status = format!("{} to {}", response.status, request.line);
        let (headers, body) = (response.headers.clone(), response.body.clone());
        self.transcript.add(Entry::Response(status, headers, body));
        let exchange = Exchange {
            method: &request.method,
            uri: &request.uri,
            headers: &request.headers,
            body: &request.body,
            response,
        };
        for check in &self.checks {
            if let Err(why) = check(&exchange) {
                panic!("{}: {why}", response.request_line);
            }
        }
        self.fail_on_unexpected_calls();
    }
}
