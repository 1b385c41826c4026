//! A client that sends requests to a server.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{self, HeaderMap, Request};

/// A client of one server. Every request opens a new connection.
#[derive(Clone)]
pub(crate) struct Api {
    agent: Agent,
    base: String,
    key: &'static str,
}

impl Api {
    pub(crate) fn new(base: String, key: &'static str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_idle_connections(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self {
            agent: config.into(),
            base,
            key,
        }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        let url = format!("{}{path}", self.base);
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", format!("Bearer {}", self.key))
            .body(Vec::new())
            .unwrap_or_else(|e| panic!("{url}: {e}"));
        Call {
            api: self.clone(),
            request,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    /// Builds a POST request with a JSON text. The text is sent unchanged.
    pub(crate) fn post(&self, path: &str, json: impl fmt::Display) -> Call {
        self.call("POST", path)
            .body("application/json", json.to_string())
    }
}

/// A request that has not been sent yet.
pub(crate) struct Call {
    api: Api,
    request: Request<Vec<u8>>,
}

impl Call {
    /// Sets a header and replaces its previous value.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request
            .headers_mut()
            .insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.request.headers_mut().remove("authorization");
        self
    }

    /// Sets the body. Also sets the content type if `content_type` is not empty.
    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        *self.request.body_mut() = body.into();
        if content_type.is_empty() {
            return self;
        }
        self.header("content-type", content_type)
    }

    pub(crate) fn try_send(self) -> Result<Response, ureq::Error> {
        let (parts, body) = self.request.into_parts();
        let request = format!("{} {}", parts.method, parts.uri.path());
        let response = if body.is_empty() {
            self.api.agent.run(Request::from_parts(parts, ()))?
        } else {
            self.api.agent.run(Request::from_parts(parts, body))?
        };
        Response::read(request, response)
    }

    pub(crate) fn send(self) -> Response {
        let request = format!("{} {}", self.request.method(), self.request.uri());
        self.try_send().unwrap_or_else(|e| panic!("{request}: {e}"))
    }

    /// Sends the request, checks the status of the response and returns its JSON body.
    pub(crate) fn expect(self, status: u16) -> Value {
        let response = self.send();
        assert_eq!(response.status, status, "{response:?}");
        if response.body.is_empty() {
            Value::Null
        } else {
            response.json()
        }
    }
}

pub(crate) struct Response {
    /// The method and path of the request.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Response {
    fn read(request: String, response: http::Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let (head, mut body) = response.into_parts();
        Ok(Self {
            request,
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.read_to_vec()?,
        })
    }

    /// Returns the value of a header, or `""` if the response does not have it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.text().chars().take(800).collect();
        write!(
            f,
            "{} returned {} {:?} {body}",
            self.request, self.status, self.headers
        )
    }
}
