//! The messages of the subprotocol `graphql-transport-ws`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::graphql::params::Params;

/// A message from a client.
#[derive(Debug)]
pub(super) enum ClientMessage<'a> {
    ConnectionInit(Map<String, Value>),
    Ping(Option<&'a RawValue>),
    Pong,
    Subscribe { id: String, params: Params },
    Complete { id: String },
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl<'a> ClientMessage<'a> {
    /// Reads a message. If the message is invalid, the server closes the socket. The error is then the reason in the
    /// close message.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let fields: Fields<'_> = serde_json::from_str(text)
            .map_err(|error| format!("Invalid message received: {error}"))?;
        let Fields {
            r#type,
            id,
            payload,
        } = fields;
        let id = id.filter(|id| !id.is_empty());
        let id = || id.ok_or("Invalid message received: the message has no id".to_owned());
        let object = || payload.filter(|payload| payload.get().starts_with('{'));
        if payload.is_some() && object().is_none() {
            return Err("Invalid message received: the payload is not an object".to_owned());
        }
        let invalid = |error| format!("Invalid message received: {error}");
        match &*r#type {
            "connection_init" => {
                let payload = payload.map(|payload| serde_json::from_str(payload.get()));
                let payload = payload.transpose().map_err(invalid)?;
                Ok(Self::ConnectionInit(payload.unwrap_or_default()))
            }
            "ping" => Ok(Self::Ping(payload)),
            "pong" => Ok(Self::Pong),
            "subscribe" => {
                let payload = payload.map_or("", RawValue::get);
                let params = serde_json::from_str(payload).map_err(invalid)?;
                Ok(Self::Subscribe { id: id()?, params })
            }
            "complete" => Ok(Self::Complete { id: id()? }),
            other => Err(format!("Invalid message received: the type {other:?}")),
        }
    }
}

/// A message from the server.
#[derive(Serialize)]
pub(super) struct ServerMessage<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

impl<'a, P: Serialize> ServerMessage<'a, P> {
    /// Returns the text of a message about an operation.
    pub(super) fn of(id: &'a str, r#type: &'static str, payload: Option<P>) -> Option<String> {
        let id = Some(id);
        Self {
            id,
            r#type,
            payload,
        }
        .text()
    }

    fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// The text of the message that accepts a connection.
pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// Returns the JSON of the `pong` message that replies to a `ping` message. `payload` is the payload of the `ping`
/// message.
pub(super) fn pong(payload: Option<&RawValue>) -> String {
    let message = ServerMessage {
        id: None,
        r#type: "pong",
        payload,
    };
    message.text().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ClientMessage, pong};

    #[test]
    fn a_message_that_the_protocol_does_not_have_is_an_error() {
        for text in [
            "",
            "hello",
            "[]",
            "null",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{ hello }"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{ hello }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}"#,
            r#"{"type":"subscribe","id":7,"payload":{"query":"{ hello }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"ping","payload":[]}"#,
        ] {
            let error = ClientMessage::read(text).unwrap_err();
            assert!(error.starts_with("Invalid message"), "{text}: {error}");
        }
        let deep = format!(r#"{{"type":"ping","payload":{{"a":{}"#, "[".repeat(400_000));
        assert!(ClientMessage::read(&deep).is_err());
    }

    #[test]
    fn a_pong_has_the_payload_of_its_ping() {
        let text = r#"{"type":"ping","payload":{"a": 1}}"#;
        let Ok(ClientMessage::Ping(payload)) = ClientMessage::read(text) else {
            panic!("not a ping");
        };
        assert_eq!(pong(payload), r#"{"type":"pong","payload":{"a": 1}}"#);
        assert_eq!(pong(None), r#"{"type":"pong"}"#);
    }
}
