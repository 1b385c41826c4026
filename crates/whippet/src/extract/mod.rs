//! Extractors: what a handler takes from the request. Each refuses with a [`Problem`](crate::Problem).

mod argument;
mod body;
mod json;
mod path;
mod query;
mod valid;

pub use argument::Argument;
#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
pub(crate) use body::OverLimit;
pub use json::Json;
pub use path::Path;
pub(crate) use path::PathParams;
pub use query::Query;
pub use valid::Valid;
