//! The outbound HTTP calls of an app under test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use futures_util::future::BoxFuture;

use super::clock::VirtualClock;
use super::lock;
use super::transcript::{Entry, Transcript};
use super::{Call, Expectation};
use crate::host::{HttpClient, OutboundRequest, TimeSource};
use crate::{FetchError, FetchResponse};

type Responder = dyn Fn(&OutboundRequest) -> Result<FetchResponse, FetchError> + Send + Sync;

/// An HTTP client that records each outbound request. The test sets the response that the client returns.
#[derive(Clone)]
pub(super) struct Calls {
    clock: VirtualClock,
    transcript: Arc<Transcript>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    expected: Vec<Expectation>,
    responder: Option<Arc<Responder>>,
    sent: Vec<OutboundRequest>,
    unexpected: Vec<String>,
}

impl Calls {
    pub(super) fn new(clock: VirtualClock, transcript: Arc<Transcript>) -> Self {
        Self {
            clock,
            transcript,
            state: Arc::default(),
        }
    }

    pub(super) fn expect(&self, call: Call) -> Expectation {
        let expectation = Expectation::new(call);
        lock(&self.state).expected.push(expectation.clone());
        expectation
    }

    pub(super) fn respond(&self, responder: Arc<Responder>) {
        lock(&self.state).responder = Some(responder);
    }

    pub(super) fn take_sent(&self) -> Vec<OutboundRequest> {
        std::mem::take(&mut lock(&self.state).sent)
    }

    /// Returns the method and URL of each unexpected call, and then forgets these calls.
    pub(super) fn take_unexpected(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).unexpected)
    }

    /// Returns a message for each expectation that is not met.
    pub(super) fn unmet(&self) -> Vec<String> {
        let expected = lock(&self.state).expected.clone();
        expected.iter().filter_map(Expectation::unmet).collect()
    }

    async fn call(&self, request: OutboundRequest) -> Result<FetchResponse, FetchError> {
        let (expected, responder) = {
            let mut state = lock(&self.state);
            state.sent.push(request.clone());
            let expected = state.expected.iter().find_map(|call| call.take(&request));
            (expected, state.responder.clone())
        };
        let (after, result) = match (expected, responder) {
            (Some(expected), _) => expected,
            (None, Some(responder)) => (Duration::ZERO, responder(&request)),
            (None, None) => {
                let call = format!("{} {}", request.method, request.url);
                lock(&self.state).unexpected.push(call.clone());
                self.transcript.add(Entry::Call(Box::new(request), None));
                return Err(FetchError::Connect(format!(
                    "the test does not expect {call}"
                )));
            }
        };
        // The call is recorded before the delay, because the app may stop waiting for the response.
        self.transcript
            .add(Entry::Call(Box::new(request), Some(result.clone())));
        self.clock.sleep(after).await;
        result
    }
}

impl HttpClient for Calls {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<Response<Body>, FetchError>> {
        Box::pin(async move {
            let FetchResponse {
                status,
                headers,
                body,
            } = self.call(request).await?;
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
