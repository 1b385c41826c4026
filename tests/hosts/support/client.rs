//! Requests to a server and its answers.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Response};

/// A client of one server; every request takes a connection of its own.
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

    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        let url = format!("{}{path}", self.base);
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", format!("Bearer {}", self.key))
            .body(Vec::new())
            .unwrap_or_else(|e| panic!("{url}: {e}"));
        Call { api: self, request }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }

    /// A POST of JSON text, sent as it is.
    pub(crate) fn post(&self, path: &str, json: impl fmt::Display) -> Call<'_> {
        self.call("POST", path)
            .body("application/json", json.to_string())
    }
}

/// A request that is not sent yet.
pub(crate) struct Call<'a> {
    api: &'a Api,
    request: Request<Vec<u8>>,
}

impl Call<'_> {
    /// Sets a header, in place of what it was.
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

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        *self.request.body_mut() = body.into();
        if content_type.is_empty() {
            return self;
        }
        self.header("content-type", content_type)
    }

    pub(crate) fn try_send(self) -> Result<Answer, ureq::Error> {
        let (parts, body) = self.request.into_parts();
        let what = format!("{} {}", parts.method, parts.uri.path());
        let response = if body.is_empty() {
            self.api.agent.run(Request::from_parts(parts, ()))?
        } else {
            self.api.agent.run(Request::from_parts(parts, body))?
        };
        Answer::read(what, response)
    }

    pub(crate) fn send(self) -> Answer {
        let what = format!("{} {}", self.request.method(), self.request.uri());
        self.try_send().unwrap_or_else(|e| panic!("{what}: {e}"))
    }

    /// Sends, and answers the body of the status that is expected.
    pub(crate) fn expect(self, status: u16) -> Value {
        let answer = self.send();
        assert_eq!(answer.status, status, "{answer:?}");
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }
}

pub(crate) struct Answer {
    /// The request it answers.
    pub(crate) to: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn read(to: String, response: Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let (head, mut body) = response.into_parts();
        Ok(Self {
            to,
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.read_to_vec()?,
        })
    }

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

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.text().chars().take(800).collect();
        write!(
            f,
            "{} answered {} {:?} {body}",
            self.to, self.status, self.headers
        )
    }
}
