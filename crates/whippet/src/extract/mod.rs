//! Extractors: what a handler takes from the request. Each refuses with a [`Problem`](crate::Problem).
//!
//! | type | takes |
//! |---|---|
//! | [`Path`], [`Query`] | what the URL says |
//! | [`Headers`], [`Cookies`] | headers and cookies by name |
//! | [`Json`], [`Form`] | the body, as a value; `Option` of either where it may be missing |
//! | [`Multipart`] | the body, part by part |
//! | [`Raw`] | the body as one of these and as the bytes that came |
//! | [`Valid`] | one of these, with its rules checked |
//!
//! [`Patch`] is a member of a body that may be left out or `null`, which is not the same.
//!
//! axum's own extractors work too, such as `HeaderMap`, `Bytes`, `Request` and `State<Context>`.

mod argument;
mod body;
mod cookies;
mod fields;
mod form;
mod gather;
mod headers;
mod json;
mod members;
mod multipart;
mod names;
mod pairs;
mod patch;
mod path;
mod pointer;
mod query;
mod raw;
mod rules;
mod sorted;
mod valid;

pub use argument::Argument;
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use body::OverLimit;
pub(crate) use body::{read_up_to, whole};
pub use cookies::Cookies;
pub(crate) use fields::items;
pub use form::Form;
pub use headers::Headers;
pub use json::Json;
pub use multipart::{Multipart, Part};
pub use patch::Patch;
pub use path::Path;
pub(crate) use path::PathParams;
#[cfg(test)]
pub(crate) use pointer::push_token as pointer_to;
pub use query::Query;
pub use raw::Raw;
pub use valid::Valid;
