//! The bodies of the requests that create or change an endpoint.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::{Change, Patch, Problem};

use crate::old_names::{current, current_patch, replaced};
use crate::rules::{EventTypes, Headers, Labels, SecretText, TargetUrl, Uid};

// Unknown fields are rejected, because an unknown field may decide which messages the endpoint gets. Fields with old
// names are not serialized. So a body with old names and a body with current names have the same fingerprint.
/// The body of a request that creates or replaces an endpoint.
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
    /// Svix's 1.x SDKs use this name for `eventTypes`.
    #[validate(nested)]
    #[serde(skip_serializing)]
    filter_types: Option<EventTypes>,
    /// Deliver only messages with one of these channels. By default, channels are ignored.
    #[validate(nested)]
    pub(super) channels: Option<Labels<10>>,
    /// Whether the endpoint is disabled. Nothing is delivered to a disabled endpoint.
    pub(super) disabled: Option<bool>,
    /// The signing secret: base64 of 24 to 75 bytes, with or without the prefix `whsec_`. The default is random.
    /// An update without this field leaves the secret unchanged.
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
    /// Headers to send with each delivery. An update without this field leaves the headers unchanged.
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

// Unknown fields are rejected, as for a new endpoint.
/// The fields to change in an endpoint. Absent fields stay as they are.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = json!({"disabled": false}))]
pub(crate) struct EndpointPatch {
    #[validate(nested)]
    pub(super) url: Change<TargetUrl>,
    /// Your own id for the endpoint; `null` removes it.
    #[validate(nested)]
    pub(super) uid: Patch<Uid>,
    pub(super) description: Change<String>,
    /// Deliver only messages of these event types; `null` means all types.
    #[validate(nested)]
    pub(super) event_types: Patch<EventTypes>,
    /// Svix's 1.x SDKs use this name for `eventTypes`.
    #[validate(nested)]
    filter_types: Patch<EventTypes>,
    /// Deliver only messages with one of these channels; with `null`, channels are ignored.
    #[validate(nested)]
    pub(super) channels: Patch<Labels<10>>,
    /// Whether the endpoint is disabled. `false` enables the endpoint, and its pending deliveries are due immediately.
    pub(super) disabled: Change<bool>,
    /// The new signing secret, which replaces the old secret immediately.
    #[validate(nested)]
    pub(super) secret: Change<SecretText>,
    /// The maximum number of deliveries per second to the endpoint; `null` removes the limit.
    #[validate(range(min = 1))]
    pub(super) throttle_rate: Patch<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[validate(range(min = 1))]
    rate_limit: Patch<u16>,
    /// Svix's 1.x SDKs send this field. Relay ignores it.
    #[validate(range(min = 1))]
    version: Patch<u16>,
    /// Replaces all names and values.
    pub(super) metadata: Change<BTreeMap<String, String>>,
    /// Replaces all headers.
    #[validate(nested)]
    pub(super) headers: Change<Headers>,
}

impl EndpointPatch {
    /// Moves the values of fields with old names to the fields with the current names.
    ///
    /// # Errors
    ///
    /// Returns a 422 problem if a field has different values under both names.
    pub(super) fn with_current_names(mut self) -> Result<Self, Problem> {
        let old = ("filterTypes", std::mem::take(&mut self.filter_types));
        self.event_types = current_patch(("eventTypes", self.event_types), old)?;
        let old = ("rateLimit", std::mem::take(&mut self.rate_limit));
        self.throttle_rate = current_patch(("throttleRate", self.throttle_rate), old)?;
        Ok(self)
    }
}

/// The patch changes every field, because a `PUT` replaces the endpoint. The secret and the headers change only if the
/// body has them, because no response contains them.
impl From<NewEndpoint> for EndpointPatch {
    fn from(new: NewEndpoint) -> Self {
        Self {
            url: Change::Set(new.url),
            uid: replaced(new.uid),
            description: Change::Set(new.description.unwrap_or_default()),
            event_types: replaced(new.event_types),
            channels: replaced(new.channels),
            disabled: Change::Set(new.disabled.unwrap_or_default()),
            secret: new.secret.map_or(Change::Absent, Change::Set),
            throttle_rate: replaced(new.throttle_rate),
            metadata: Change::Set(new.metadata.unwrap_or_default()),
            headers: new.headers.map_or(Change::Absent, Change::Set),
            ..Self::default()
        }
    }
}
