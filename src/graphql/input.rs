//! The inputs of mutations. An input has the fields of the REST operation's body, except the old names of fields, and is
//! checked as this body. So an invalid field has the same error in both APIs.

use async_graphql::{InputObject, Json, MaybeUndefined, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use validator::Validate;
use whippet::{Problem, Valid};

/// Checks an input, and converts it to the body of the REST operation.
pub(super) fn checked<T: DeserializeOwned + Validate>(
    input: &impl Serialize,
) -> Result<T, Problem> {
    let Valid(whippet::Json(body)) = Valid::parse(&serde_json::to_vec(input)?)?;
    Ok(body)
}

/// A new application.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewApplicationInput {
    /// A human-readable name of 1 to 256 characters.
    name: String,
    /// Your own unique id for the application.
    uid: Option<String>,
    /// The maximum number of deliveries per second to all endpoints of the application.
    throttle_rate: Option<i64>,
    /// Names and text values to store with the application.
    metadata: Option<Json<Value>>,
}

/// The fields to change in an application. Absent fields stay as they are.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationPatchInput {
    /// A human-readable name of 1 to 256 characters.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    name: MaybeUndefined<String>,
    /// Your own unique id for the application; `null` removes it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    uid: MaybeUndefined<String>,
    /// The maximum number of deliveries per second to all endpoints of the application; `null` removes the limit.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    throttle_rate: MaybeUndefined<i64>,
    /// Replaces all names and values.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    metadata: MaybeUndefined<Json<Value>>,
}

/// A new endpoint.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewEndpointInput {
    /// The URL to which messages are posted.
    url: String,
    /// Your own id for the endpoint, unique within the application.
    uid: Option<String>,
    /// A human-readable description.
    description: Option<String>,
    /// Deliver only messages of these event types. The default is all types.
    event_types: Option<Vec<String>>,
    /// Deliver only messages with one of these channels. By default, channels are ignored.
    channels: Option<Vec<String>>,
    /// Whether the endpoint is disabled. Nothing is delivered to a disabled endpoint.
    disabled: Option<bool>,
    /// The signing secret: base64 of 24 to 75 bytes, with or without the prefix `whsec_`. The default is random.
    secret: Option<String>,
    /// The maximum number of deliveries per second to the endpoint.
    throttle_rate: Option<i64>,
    /// Names and text values to store with the endpoint.
    metadata: Option<Json<Value>>,
    /// Headers to send with each delivery: names and text values.
    headers: Option<Json<Value>>,
}

/// The fields to change in an endpoint. Absent fields stay as they are.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointPatchInput {
    /// The URL to which messages are posted.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    url: MaybeUndefined<String>,
    /// Your own id for the endpoint; `null` removes it.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    uid: MaybeUndefined<String>,
    /// A human-readable description.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    description: MaybeUndefined<String>,
    /// Deliver only messages of these event types; `null` means all types.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    event_types: MaybeUndefined<Vec<String>>,
    /// Deliver only messages with one of these channels; with `null`, channels are ignored.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    channels: MaybeUndefined<Vec<String>>,
    /// Whether the endpoint is disabled. `false` enables the endpoint, and its pending deliveries are due immediately.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    disabled: MaybeUndefined<bool>,
    /// The new signing secret, which replaces the old secret immediately.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    secret: MaybeUndefined<String>,
    /// The maximum number of deliveries per second to the endpoint; `null` removes the limit.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    throttle_rate: MaybeUndefined<i64>,
    /// Replaces all names and values.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    metadata: MaybeUndefined<Json<Value>>,
    /// Replaces all headers.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    headers: MaybeUndefined<Json<Value>>,
}

/// A new message.
#[derive(Debug, InputObject, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewMessageInput {
    /// The type of the event, such as `user.created`.
    event_type: String,
    /// Your own id for the message, unique within the application.
    event_id: Option<String>,
    /// The JSON object to deliver. Its fields keep their order. To deliver given bytes, create the message with REST.
    payload: Json<Value>,
    /// The channels of the message. An endpoint with channels gets the message only if a channel matches.
    channels: Option<Vec<String>>,
    /// Tags for filtering messages and attempts.
    tags: Option<Vec<String>>,
    /// The application to create if the application of the message does not exist.
    application: Option<NewApplicationInput>,
}
