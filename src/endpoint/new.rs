//! The body of a request that creates an endpoint.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::Problem;

use crate::old_names::current;
use crate::rules::{EventTypes, Headers, Labels, SecretText, TargetUrl, Uid};

// Unknown fields are rejected, because an unknown field may decide which messages the endpoint gets. Fields with old
// names are not serialized. So a body with old names and a body with current names have the same fingerprint.
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
    /// Deliver only messages of these event types. The default is all types.
    #[validate(nested)]
    pub(super) event_types: Option<EventTypes>,
    /// The name of `eventTypes` in Svix's 1.x SDKs.
    #[validate(nested)]
    #[serde(skip_serializing)]
    filter_types: Option<EventTypes>,
    /// Deliver only messages with one of these channels. By default, channels are ignored.
    #[validate(nested)]
    pub(super) channels: Option<Labels<10>>,
    /// Whether the endpoint is disabled. Nothing is delivered to a disabled endpoint.
    pub(super) disabled: Option<bool>,
    /// The signing secret: base64 of 24 to 75 bytes, with or without the prefix `whsec_`. The default is random.
    #[validate(nested)]
    pub(super) secret: Option<SecretText>,
    /// The maximum number of deliveries per second to the endpoint.
    #[validate(range(min = 1))]
    pub(super) throttle_rate: Option<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    rate_limit: Option<u16>,
    /// Svix's 1.x SDKs send this field. Relay ignores it.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    version: Option<u16>,
    /// Names and text values to store with the endpoint.
    pub(super) metadata: Option<BTreeMap<String, String>>,
    /// Headers to send with each delivery.
    #[validate(nested)]
    pub(super) headers: Option<Headers>,
}

impl NewEndpoint {
    /// Moves the values of fields with old names to the fields with the current names.
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
