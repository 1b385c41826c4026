//! The response to an operation that creates a resource, or finds an existing one.

use schemars::JsonSchema;
use serde::Serialize;
use whippet::axum::response::{IntoResponse, Response};
use whippet::openapi::{OperationBuilder, Responses};
use whippet::{Created, Json};

/// A new resource, which is sent with the status 201, or an existing resource, which is sent with 200.
#[derive(Debug)]
pub(crate) enum CreatedOrExisting<T> {
    New(T),
    Existing(T),
}

impl<T> CreatedOrExisting<T> {
    /// Returns the resource.
    #[cfg(feature = "graphql")]
    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::New(resource) | Self::Existing(resource) => resource,
        }
    }
}

impl<T: Serialize> IntoResponse for CreatedOrExisting<T> {
    fn into_response(self) -> Response {
        match self {
            Self::New(resource) => Created::new(resource).into_response(),
            Self::Existing(resource) => Json(resource).into_response(),
        }
    }
}

impl<T: Serialize + JsonSchema> Responses for CreatedOrExisting<T> {
    fn describe(operation: &mut OperationBuilder<'_>) {
        Created::<T>::describe(operation);
        Json::<T>::describe(operation);
    }
}
