//! Sends requests to the operator routes of an app.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one app.
pub(super) struct Client {
    agent: Agent,
    base: String,
    authorization: String,
}

impl Client {
    pub(super) fn new(url: &str, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: config.into(),
            base: format!("{url}/_whippet/tasks"),
            authorization: format!("Bearer {key}"),
        }
    }

    /// Sends a request to a path below the operator routes. Returns the JSON of the response, or null if the response
    /// has no body. Returns `None` if the response is a 404 because a task does not exist.
    ///
    /// # Errors
    ///
    /// Fails when the app cannot be reached, rejects the key, or responds with another error.
    pub(super) fn send(&self, method: &str, path: &str) -> Result<Option<Value>> {
        let url = format!("{}{path}", self.base);
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", &self.authorization)
            .body(())
            .with_context(|| format!("{url} is not a valid URL"))?;
        let response = self.agent.run(request);
        let mut response = response.with_context(|| format!("cannot reach {url}"))?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string();
        let text = text.with_context(|| format!("the response of {url} was cut off"))?;
        let json = match text.is_empty() {
            true => Some(Value::Null),
            false => serde_json::from_str(&text).ok(),
        };
        let detail = json.as_ref().and_then(|json| json["detail"].as_str());
        match (status, json.as_ref()) {
            (200..=299, Some(_)) => Ok(json),
            (404, Some(json)) if json["code"] == "not_found" && !is_about_the_route(detail) => {
                Ok(None)
            }
            (404, _) => bail!(
                "{url} does not exist: check the URL, and set SWEEP_KEY in the app, which has no operator routes without a key"
            ),
            (401, _) => {
                bail!("the app rejected the key: set SWEEP_KEY to the value that it has in the app")
            }
            (status, _) => bail!("{url} responded {status}: {}", detail.unwrap_or(&text)),
        }
    }
}

/// Returns whether the detail of a 404 is about a missing route, as opposed to a missing task. Without a key, an app
/// does not have the routes for operators.
fn is_about_the_route(detail: Option<&str>) -> bool {
    detail.is_none_or(|detail| detail.starts_with("no route"))
}

/// Encodes a value for a path or a query.
pub(super) fn encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}
