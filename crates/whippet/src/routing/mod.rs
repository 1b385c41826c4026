//! Routes: which handler answers which path and method.
//!
//! An operation is an async function with an attribute that says where it is served: [`get`](macro@crate::get),
//! [`post`](macro@crate::post), [`put`](macro@crate::put), [`patch`](macro@crate::patch) or [`delete`](macro@crate::delete).
//! [`routes!`](crate::routes!) collects operations for [`App::routes`](crate::App::routes):
//!
//! ```
//! use whippet::{App, Path, get, routes};
//!
//! /// Greet somebody.
//! #[get("/hello/{name}")]
//! async fn greet(Path(name): Path<String>) -> String {
//!     format!("hello {name}")
//! }
//!
//! fn app() -> App {
//!     App::new().routes(routes![greet])
//! }
//! # drop(app());
//! ```
//!
//! The function stays as it is, callable by anyone. What the attribute cannot say is a plain route, which is in no
//! document: `App::new().route("/hello/{name}", routing::get(greet))`.

mod dependency;
mod group;
mod known;
mod methods;
mod operation;
mod paths;
mod reading;
mod reads;

#[doc(hidden)]
pub use dependency::{Dependency, Input, Refusal, argument, keep, known, refused};
pub(crate) use group::Called;
pub use group::Routes;
#[doc(hidden)]
pub use known::{Known, Unknown};
pub(crate) use methods::Served;
pub use methods::{Methods, delete, get, patch, post, put};
pub use operation::{Call, Documentation, Operation, Route};
pub(crate) use paths::Paths;
#[doc(hidden)]
pub use reading::{Part, Reading, Whole, respond};
pub(crate) use reads::HeaderSets;
pub use reads::{HeaderSet, Reads};
