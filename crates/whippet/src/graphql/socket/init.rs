//! The payload of `connection_init`, the first message from a client.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use serde_json::{Map, Value};

use crate::extract::Argument;
use crate::routing::Reads;
use crate::{Context, Problem};

/// Extracts the payload of `connection_init`, the first message that a client sends on a GraphQL WebSocket. JavaScript
/// clients, such as the npm package `graphql-ws`, call this payload `connectionParams`. For a request without a GraphQL
/// WebSocket, the payload is empty.
///
/// A script in a browser cannot set headers for a WebSocket. If the header `Authorization` is missing, the value of the
/// payload's field `authorization` becomes this header. Extractors such as [`Bearer`](crate::extract::Bearer) then read
/// the value.
///
/// ```
/// use whippet::graphql::ConnectionInit;
/// use whippet::{Problem, dependency};
///
/// #[derive(Clone)]
/// struct Locale(String);
///
/// #[dependency]
/// async fn locale(init: ConnectionInit) -> Result<Locale, Problem> {
///     Ok(Locale(init.text("locale").unwrap_or("en").to_owned()))
/// }
/// # drop(Locale(String::new()).0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct ConnectionInit(Arc<Map<String, Value>>);

impl ConnectionInit {
    /// Returns the payload.
    #[must_use]
    pub fn payload(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns a field of the payload, if the field is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Adds the payload to the request that has opened the socket.
    pub(super) fn keep(payload: Map<String, Value>, parts: &mut Parts) {
        let authorization = payload.iter().find_map(|(name, value)| {
            let is_authorization = name.eq_ignore_ascii_case(header::AUTHORIZATION.as_str());
            HeaderValue::from_str(value.as_str().filter(|_| is_authorization)?).ok()
        });
        if let Some(mut value) = authorization
            && !parts.headers.contains_key(header::AUTHORIZATION)
        {
            value.set_sensitive(true);
            parts.headers.insert(header::AUTHORIZATION, value);
        }
        parts.extensions.insert(Self(Arc::new(payload)));
    }
}

impl FromRequestParts<Context> for ConnectionInit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Problem> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl Argument for ConnectionInit {
    const READS: Reads = Reads::Nothing;
}
