//! A collector that stores the received exports and checks their format.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use whippet::axum;
use whippet::axum::body::Bytes;
use whippet::axum::http::{HeaderMap, StatusCode, Uri};

#[derive(Clone)]
pub(crate) struct Collector {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    status: StatusCode,
    received: Vec<Received>,
}

#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) key: String,
    pub(crate) parent: String,
    pub(crate) body: Value,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            status: StatusCode::OK,
            received: Vec::new(),
        };
        let collector = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(state)),
        };
        let storage = collector.clone();
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            storage.store(&uri, &headers, &body)
        };
        let router = axum::Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the status that the collector responds with from now on.
    pub(crate) fn respond(&self, status: StatusCode) {
        self.state.lock().unwrap().status = status;
    }

    /// Returns the requests that the collector has received since the last call, and removes them.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.lock().unwrap().received)
    }

    fn store(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> (StatusCode, &'static str) {
        let header = |name| {
            let value = headers.get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        let mut state = self.state.lock().unwrap();
        state.received.push(Received {
            path: uri.path().to_owned(),
            content_type: header("content-type"),
            key: header("x-key"),
            parent: header("traceparent"),
            body: serde_json::from_slice(body).unwrap_or_default(),
        });
        (state.status, "{}")
    }
}

impl Received {
    /// Returns the spans. Asserts that each span has the format of OTLP's JSON encoding.
    pub(crate) fn spans(&self) -> Vec<Value> {
        let scopes = &self.body["resourceSpans"][0]["scopeSpans"];
        assert_eq!(scopes[0]["scope"]["name"], "whippet", "{}", self.body);
        let spans = scopes[0]["spans"].as_array().unwrap().clone();
        spans.iter().for_each(check);
        spans
    }
}

fn check(span: &Value) {
    let is_hex = |value: &Value, length: usize| {
        let text = value.as_str().unwrap();
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    assert!(
        is_hex(&span["traceId"], 32) && is_hex(&span["spanId"], 16),
        "{span}"
    );
    assert!(
        span["parentSpanId"].is_null() || is_hex(&span["parentSpanId"], 16),
        "{span}"
    );
    // OTLP's JSON encoding writes 64-bit integers as text.
    let time = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    let (start, end) = (time("startTimeUnixNano"), time("endTimeUnixNano"));
    assert!(start <= end && start > 1_700_000_000_000_000_000, "{span}");
    assert!(span["kind"].is_u64() && span["flags"].is_u64(), "{span}");
    for attribute in span["attributes"].as_array().unwrap() {
        let value = attribute["value"].as_object().unwrap();
        let (kind, value) = value.iter().next().unwrap();
        assert!(attribute["key"].is_string() && value.is_string(), "{span}");
        assert!(
            ["stringValue", "intValue"].contains(&kind.as_str()),
            "{span}"
        );
    }
}

/// Returns the value of the attribute `key`. `of` is a span or a resource.
pub(crate) fn attribute(of: &Value, key: &str) -> Value {
    let attributes = of["attributes"].as_array().unwrap();
    let attribute = attributes.iter().find(|attribute| attribute["key"] == key);
    attribute.map_or(json!(null), |attribute| attribute["value"].clone())
}
