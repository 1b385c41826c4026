//! The OpenAPI 3.1 document, generated from the signatures of operations.
//!
//! The arguments of an operation describe themselves ([`Argument::describe`](crate::extract::Argument::describe)). The
//! return type also describes itself ([`Responses`]). [`App::openapi`](crate::App::openapi) serves the document at
//! `/openapi.json`, an interactive page at `/docs`, and the problem types at `/problems/<name>`.
//!
//! Only native programs generate the document. A WebAssembly program contains the finished document and no schema code
//! ([`openapi!`](crate::openapi!)).

#[cfg_attr(target_arch = "wasm32", path = "prebuilt.rs")]
mod document;

mod events;
mod info;
#[cfg(not(target_arch = "wasm32"))]
mod integers;
mod operation;
pub(crate) mod page;
mod parameters;
#[cfg(not(target_arch = "wasm32"))]
mod problems;
mod responses;
#[cfg(not(target_arch = "wasm32"))]
mod schemas;
mod security;
mod serve;
#[cfg(not(target_arch = "wasm32"))]
mod tagged;
#[cfg(all(test, feature = "testing"))]
mod type_graphs;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use document::build;
pub use events::EventBuilder;
pub use info::{Describe, Info};
pub use operation::{OperationBuilder, ParameterLocation};
pub use responses::Responses;
pub use security::SecurityScheme;
pub(crate) use serve::DocumentRoutes;
