//! The document: OpenAPI 3.1, from the signatures of operations.
//!
//! Each argument of an operation describes itself ([`Argument::describe`](crate::extract::Argument::describe)), and so does
//! its return type ([`Responses`]). [`App::openapi`](crate::App::openapi) serves the document at `/openapi.json`, an interactive
//! page of it at `/docs`, and the problem types at `/problems/<name>`.
//!
//! Describing happens natively only: a WebAssembly program carries the document that was written when it was built, and no
//! schema code ([`openapi!`](crate::openapi!)).

#[cfg_attr(target_arch = "wasm32", path = "prebuilt.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "document.rs")]
mod source;

mod info;
mod operation;
mod page;
mod parameters;
mod responses;
mod serve;
#[cfg(not(target_arch = "wasm32"))]
mod tagged;

pub use info::{Describe, Info};
pub use operation::{OperationBuilder, ParameterLocation};
pub use responses::Responses;
pub(crate) use serve::DocumentRoutes;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use source::build;
