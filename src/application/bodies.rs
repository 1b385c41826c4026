//! The bodies of the requests that create or change an application.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;
use whippet::{Change, Patch, Problem};

use crate::old_names::{current, current_patch, replaced};
use crate::rules::Uid;

/// The body of a request that creates or replaces an application.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({"name": "Acme", "uid": "acme"}))]
pub(crate) struct NewApplication {
    /// A human-readable name.
    #[validate(length(min = 1, max = 256))]
    pub(super) name: String,
    /// Your own unique id for the application. Paths accept `uid` in place of `id`.
    #[validate(nested)]
    pub(crate) uid: Option<Uid>,
    /// The maximum number of deliveries per second to all endpoints of the application.
    #[validate(range(min = 1))]
    pub(super) throttle_rate: Option<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[validate(range(min = 1))]
    #[serde(skip_serializing)]
    rate_limit: Option<u16>,
    /// Names and text values to store with the application.
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

impl NewApplication {
    /// Moves the value of `rateLimit` to `throttleRate`.
    ///
    /// # Errors
    ///
    /// Returns a 422 problem if the two fields have different values.
    pub(super) fn with_current_names(mut self) -> Result<Self, Problem> {
        let old = self.rate_limit.take();
        self.throttle_rate = current(("throttleRate", self.throttle_rate), ("rateLimit", old))?;
        Ok(self)
    }
}

/// The fields to change in an application. Absent fields stay as they are.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(example = json!({"name": "Acme Inc."}))]
pub(crate) struct ApplicationPatch {
    #[validate(length(min = 1, max = 256))]
    pub(super) name: Change<String>,
    /// Your own unique id for the application; `null` removes it.
    #[validate(nested)]
    pub(super) uid: Patch<Uid>,
    /// The maximum number of deliveries per second to all endpoints of the application; `null` removes the limit.
    #[validate(range(min = 1))]
    pub(super) throttle_rate: Patch<u16>,
    /// Svix's 1.x SDKs use this name for `throttleRate`.
    #[validate(range(min = 1))]
    rate_limit: Patch<u16>,
    /// Replaces all names and values.
    pub(super) metadata: Change<BTreeMap<String, String>>,
}

impl ApplicationPatch {
    /// Moves the value of `rateLimit` to `throttleRate`.
    ///
    /// # Errors
    ///
    /// Returns a 422 problem if the two fields have different values.
    pub(super) fn with_current_names(mut self) -> Result<Self, Problem> {
        let old = std::mem::take(&mut self.rate_limit);
        let rate = ("throttleRate", self.throttle_rate);
        self.throttle_rate = current_patch(rate, ("rateLimit", old))?;
        Ok(self)
    }
}

/// The patch changes every field, because a `PUT` replaces the application.
impl From<NewApplication> for ApplicationPatch {
    fn from(new: NewApplication) -> Self {
        Self {
            name: Change::Set(new.name),
            uid: replaced(new.uid),
            throttle_rate: replaced(new.throttle_rate),
            rate_limit: Patch::Absent,
            metadata: Change::Set(new.metadata.unwrap_or_default()),
        }
    }
}
