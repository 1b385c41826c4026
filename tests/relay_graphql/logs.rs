//! The log, which contains no payloads and no secrets.

use serde_json::json;

use crate::support::{KEY, Relay};

#[whippet::test]
async fn the_log_has_no_secrets_and_no_payloads() {
    let relay = Relay::with_endpoint().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let query = "mutation Change($secret: String, $name: String!) {
        updateEndpoint(applicationId: \"acme\", id: \"hook\", patch: {secret: $secret, headers: {token: \"hush-1\"}}) { id }
        createMessage(applicationId: \"acme\", message: {eventType: \"a\", payload: {name: $name, literal: \"hush-2\"}}) {
            payload
        }
    }";
    relay
        .data(query, json!({"secret": secret, "name": "hush-3"}))
        .await;
    relay
        .data(
            "query Read { endpointSecret(applicationId: \"acme\", id: \"hook\") }",
            json!({}),
        )
        .await;
    relay
        .error(query, json!({"secret": "hush-4", "name": "hush-5"}))
        .await;
    let lines = relay.logs();
    assert_eq!(lines.with("operation", "Change").len(), 2);
    let log = serde_json::to_string(&*relay.logs()).unwrap();
    for hidden in ["hush", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KEY] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}
