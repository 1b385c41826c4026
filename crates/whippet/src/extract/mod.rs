//! Extractors: the arguments that a handler takes from the request. An extractor responds to an invalid request with a
//! [`Problem`](crate::Problem).
//!
//! | type | reads |
//! |---|---|
//! | [`Path`], [`Query`] | the URL |
//! | [`Headers`], [`Cookies`] | headers and cookies, by name |
//! | [`Json`], [`Form`](struct@Form) | the body, as a value; `Option<Json<T>>` and `Option<Form<T>>` accept a missing body |
//! | a struct with `#[derive(Form)]` | the body, as a form with [`File`]s |
//! | [`Multipart`] | the body, part by part |
//! | [`Raw`] | the body, as another extractor reads it and as raw bytes |
//! | [`Bearer`], [`Basic`], [`ApiKeyHeader`], [`ApiKeyQuery`], [`ApiKeyCookie`] | credentials, which describe themselves as security schemes |
//! | [`State`] | a value that all requests and tasks share |
//! | [`AfterResponse`] | nothing: runs work after the response |
//! | [`RequiredScopes`] | the scopes that the operation requires |
//! | [`Valid`] | what another extractor reads, and checks the validation rules of the value |
//!
//! [`Patch`] is a type for the fields of a body. A `Patch` distinguishes a missing field from `null`. A [`Change`]
//! field may be missing, but not `null`.
//!
//! A handler can also take axum's own extractors, such as `HeaderMap`, `Bytes`, `Request` and `State<Context>`.

mod after_response;
mod argument;
mod change;
mod cookies;
mod decode;
mod each;
mod errors;
mod form;
mod headers;
mod json;
mod json_integers;
mod json_text;
mod multipart;
mod patch;
mod path;
mod path_shape;
mod query;
mod raw;
mod security;
mod state;
mod upload;
mod valid;

pub use after_response::AfterResponse;
pub use argument::{Argument, ArgumentCheck};
pub use change::Change;
pub use cookies::Cookies;
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use decode::body::OverLimit;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use decode::body::TooSlow;
#[cfg(feature = "graphql")]
pub(crate) use decode::body::media_type;
pub(crate) use decode::body::{read_up_to, to_bytes};
pub(crate) use decode::limited::{limit_body, with_body_problem};
pub(crate) use decode::values::items;
pub use each::Items;
#[doc(hidden)]
pub use each::{add_rules_of_items, each};
#[cfg(test)]
pub(crate) use errors::push_token;
pub use form::Form;
pub use headers::Headers;
pub use json::Json;
pub use multipart::{Multipart, Part};
pub use patch::Patch;
pub use path::Path;
pub use query::Query;
pub use raw::Raw;
pub use security::{
    ApiKeyCookie, ApiKeyHeader, ApiKeyName, ApiKeyQuery, Basic, Bearer, RequiredScopes,
};
pub use state::State;
pub use upload::{
    File, FileField, FileStream, FormData, FormFile, Received, check_form, describe_form, read_form,
};
pub use valid::Valid;
pub use whippet_macros::Form;
