//! Outbound HTTP of an app under test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::clock::VirtualClock;
use super::lock;
use super::transcript::{Entry, Transcript};
use super::{Call, Expectation};
use crate::host::{HttpClient, OutboundRequest, TimeSource};
use crate::{FetchError, FetchResponse};

type Answer = dyn Fn(&OutboundRequest) -> Result<FetchResponse, FetchError> + Send + Sync;

/// Answers outbound requests as the test says, and keeps them.
#[derive(Clone)]
pub(super) struct Calls {
    clock: VirtualClock,
    transcript: Arc<Transcript>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    expected: Vec<Expectation>,
    answer: Option<Arc<Answer>>,
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

    pub(super) fn respond(&self, answer: Arc<Answer>) {
        lock(&self.state).answer = Some(answer);
    }

    pub(super) fn take_sent(&self) -> Vec<OutboundRequest> {
        std::mem::take(&mut lock(&self.state).sent)
    }

    /// The calls since the last time that nothing answers, in words.
    pub(super) fn take_unexpected(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).unexpected)
    }

    /// The expectations that are not met, in words.
    pub(super) fn unmet(&self) -> Vec<String> {
        let expected = lock(&self.state).expected.clone();
        expected.iter().filter_map(Expectation::unmet).collect()
    }

    async fn call(&self, request: OutboundRequest) -> Result<FetchResponse, FetchError> {
        let (taken, answer) = {
            let mut state = lock(&self.state);
            state.sent.push(request.clone());
            let taken = state.expected.iter().find_map(|call| call.take(&request));
            (taken, state.answer.clone())
        };
        let (after, result) = match (taken, answer) {
            (Some(taken), _) => taken,
            (None, Some(answer)) => (Duration::ZERO, answer(&request)),
            (None, None) => {
                let call = format!("{} {}", request.method, request.url);
                lock(&self.state).unexpected.push(call.clone());
                self.transcript.add(Entry::Called(Box::new(request), None));
                return Err(FetchError::Connect(format!(
                    "the test does not expect {call}"
                )));
            }
        };
        // As a host does: the rest is not waited for.
        let limit = request.response_limit;
        let result = result.map(|mut response| {
            response.body.truncate(limit);
            response
        });
        // Noted before it is answered: the app may not wait for that.
        self.transcript
            .add(Entry::Called(Box::new(request), Some(result.clone())));
        self.clock.sleep(after).await;
        result
    }
}

impl HttpClient for Calls {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<FetchResponse, FetchError>> {
        Box::pin(self.call(request))
    }
}
