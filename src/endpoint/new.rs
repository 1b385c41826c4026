//! The body of a request that creates an endpoint.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::Problem;

use crate::old_names::current;
use crate::rules::{EventTypes, Headers, Labels, SecretText, TargetUrl, Uid};

// A field that decides which messages an endpoint gets must not be ignored, so unknown fields are rejected. The old names
// are not serialized, because idempotency compares the serialized bodies.
/// The body of a request that creates an endpoint.
#[derive(Debug, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = json!({"url": "https://example.com/hooks", "eventTypes": ["user.created"]}))]
pub(crate) struct NewEndpoint {
    /// The URL to which messages are posted.
    #[validate(nested)]
    pub(super) url: TargetUrl,
    /// Your own id for the endpoint, unique within the application. Paths accept `uid` in place of `id`.
    #[validate(nested)]
    pub(super) uid: Option<Uid>,
    /// A human-readable description.
    pub(super) description: Option<String>,
    /// Deliver only messages of these event types. By default messages of every type are delivered.
    #[validate(nested)]
    pub(super) event_types: Option<EventTypes>,
    /// The name of `eventTypes` in the SDKs 1.x of Svix.
    #[validate(nested)]
    #[serde(skip_serializing)]
    filter_types: Option<EventTypes>,
    /// Deliver only messages with one of these channels. By default the channels of a message do not matter.
    #[validate(nested)]
    pub(super) channels: Option<Labels<10>>,
    /// Whether the endpoint is disabled. Nothing is delivered to a disabled endpoint.
    pub(super) disabled: Option<bool>,
    /// The signing secret: base64 of 24 to 75 bytes, with or without the prefix `whsec_`. The default is random.
    #[validate(nested)]
    pub(super) secret: Option<SecretText>,
    /// The maximum number of messages per second. Relay stores the limit, but does not enforce it yet.
    #[validate(range(min = 1))]
    pub(super) throttle_rate: Option<u16>,
    /// The name of `throttleRate` in the SDKs 1.x of Svix.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    rate_limit: Option<u16>,
    /// The version of the endpoint, which Relay does not use. The SDKs 1.x of Svix send the field.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    version: Option<u16>,
    /// Any data to store with the endpoint.
    pub(super) metadata: Option<BTreeMap<String, String>>,
    /// Headers to send with each delivery.
    #[validate(nested)]
    pub(super) headers: Option<Headers>,
}

impl NewEndpoint {
    /// Moves the values of fields with names of the SDKs 1.x to the fields with the current names.
    ///
    /// # Errors
    ///
    /// Returns a 422 problem if a field has different values under both names.
    pub(super) fn with_current_names(mut self) -> Result<Self, Problem> {
        let old = self.filter_types.take();
        self.event_types = current(("eventTypes", self.event_types), ("filterTypes", old))?;
        let old = self.rate_limit.take();
        self.throttle_rate = current(("throttleRate", self.throttle_rate), ("rateLimit", old))?;
        Ok(self)
    }
}
