//! Extractors: what a handler takes from the request. Each rejects a request with a [`Problem`](crate::Problem).
//!
//! | type | reads |
//! |---|---|
//! | [`Path`], [`Query`] | the URL |
//! | [`Headers`], [`Cookies`] | headers and cookies by name |
//! | [`Json`], [`Form`] | the body, as a value; an `Option` of either if the body may be missing |
//! | [`Multipart`] | the body, part by part |
//! | [`Raw`] | the body with one of these, and its raw bytes |
//! | [`Valid`] | with one of these, and checks its rules |
//!
//! [`Patch`] is a field of a body that tells a missing field from `null`.
//!
//! axum's own extractors work too, such as `HeaderMap`, `Bytes`, `Request` and `State<Context>`.

mod argument;
mod cookies;
mod decode;
mod errors;
mod form;
mod headers;
mod json;
mod multipart;
mod patch;
mod path;
mod query;
mod raw;
mod valid;

pub use argument::Argument;
pub use cookies::Cookies;
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use decode::body::OverLimit;
pub(crate) use decode::body::{read_up_to, whole};
pub(crate) use decode::values::items;
#[cfg(test)]
pub(crate) use errors::push_token as pointer_to;
pub use form::Form;
pub use headers::Headers;
pub use json::Json;
pub use multipart::{Multipart, Part};
pub use patch::Patch;
pub use path::Path;
pub use query::Query;
pub use raw::Raw;
pub use valid::Valid;
